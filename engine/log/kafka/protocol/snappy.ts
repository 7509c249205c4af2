// Snappy, reading only: foreign producers like it and Node has none. https://github.com/google/snappy/blob/main/format_description.txt

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;

/** One raw block, or blocks as snappy-java frames them: behind a header, each with its 32-bit length. */
export function unsnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return unsnappyBlock(bytes);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length;) {
    const end = at + 4 + bytes.readInt32BE(at);
    blocks.push(unsnappyBlock(bytes.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}

function unsnappyBlock(bytes: Buffer): Buffer {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes.readUInt8(at++);
    size += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  const out = Buffer.allocUnsafe(size);
  let written = 0;
  while (at < bytes.length) {
    const tag = bytes.readUInt8(at++);
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >> 2) + 1;
      if (length > 60) {
        const extra = length - 60;
        length = bytes.readUIntLE(at, extra) + 1;
        at += extra;
      }
      written += bytes.copy(out, written, at, at + length);
      at += length;
      continue;
    }
    const offsetBytes = kind === 3 ? 4 : kind;
    const near = bytes.readUIntLE(at, offsetBytes);
    at += offsetBytes;
    const offset = kind === 1 ? ((tag >> 5) << 8) | near : near;
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    written = repeat(out, written, offset, length);
  }
  if (written !== size) throw new RangeError("a snappy block ends early");
  return out;
}

/** Copies what stands `offset` bytes back; the copy may run into itself. Returns the new end. */
export function repeat(out: Buffer, end: number, offset: number, length: number): number {
  if (offset === 0 || offset > end || end + length > out.length) throw new RangeError("a copy from outside the block");
  if (offset >= length) out.copyWithin(end, end - offset, end - offset + length);
  else for (let i = end; i < end + length; i++) out[i] = out[i - offset] ?? 0;
  return end + length;
}
