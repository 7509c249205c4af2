// LZ4 frames, reading only: foreign producers like them and Node has none.
// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md; checksums are left to Kafka's own over the whole batch.
import { repeat } from "./snappy.ts";

const MAGIC = 0x184d2204;
const UNCOMPRESSED = 0x80000000;

export function unlz4(bytes: Buffer): Buffer {
  if (bytes.readUInt32LE(0) !== MAGIC) throw new RangeError("not an LZ4 frame");
  const flags = bytes.readUInt8(4);
  const maxBlockBytes = 1 << (8 + 2 * ((bytes.readUInt8(5) >> 4) & 7));
  const hasBlockChecksums = (flags & 0x10) !== 0;
  let at = 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4);
  let out = Buffer.allocUnsafe(maxBlockBytes);
  let written = 0;
  for (;;) {
    const header = bytes.readUInt32LE(at);
    at += 4;
    if (header === 0) return out.subarray(0, written);
    const end = at + (header & ~UNCOMPRESSED);
    if (written + maxBlockBytes > out.length) out = Buffer.concat([out.subarray(0, written)], written * 2 + maxBlockBytes);
    if (header >= UNCOMPRESSED) written += bytes.copy(out, written, at, end);
    else written = unlz4Block(bytes, at, end, out, written);
    at = end + (hasBlockChecksums ? 4 : 0);
  }
}

function unlz4Block(bytes: Buffer, from: number, end: number, out: Buffer, start: number): number {
  let at = from;
  let written = start;
  const length = (nibble: number): number => {
    let sum = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; sum += byte) byte = bytes.readUInt8(at++);
    return sum;
  };
  while (at < end) {
    const token = bytes.readUInt8(at++);
    const literals = length(token >> 4);
    written += bytes.copy(out, written, at, at + literals);
    at += literals;
    if (at >= end) break; // the last sequence has literals only
    const offset = bytes.readUInt16LE(at);
    at += 2;
    written = repeat(out, written, offset, length(token & 15) + 4);
  }
  return written;
}
