// CRC-32C (Castagnoli), the checksum of record batches. Node's zlib has only the other polynomial.
// Eight tables, eight bytes a turn (Intel's "slicing by 8").

const POLYNOMIAL = 0x82f63b78;
const TABLES: readonly Int32Array[] = buildTables();
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** The checksum of `bytes[from, to)` as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  let at = from;
  // Every index is below 256 or inside [from, to): the `?? 0` is for the compiler and costs nothing measurable.
  for (const end = to - 8; at <= end; at += 8) {
    crc ^= byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    crc =
      entry(T7, crc & 255) ^
      entry(T6, (crc >>> 8) & 255) ^
      entry(T5, (crc >>> 16) & 255) ^
      entry(T4, crc >>> 24) ^
      entry(T3, byte(bytes, at + 4)) ^
      entry(T2, byte(bytes, at + 5)) ^
      entry(T1, byte(bytes, at + 6)) ^
      entry(T0, byte(bytes, at + 7));
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ entry(T0, (crc ^ byte(bytes, at)) & 255);
  return (crc ^ -1) >>> 0;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function entry(table: Int32Array, at: number): number {
  return table[at] ?? 0;
}

function buildTables(): readonly Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, n) => {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  const tables = [first];
  for (let k = 1; k < 8; k++) {
    const previous = tables[k - 1] ?? first;
    tables.push(previous.map((crc) => (crc >>> 8) ^ entry(first, crc & 255)));
  }
  return tables;
}
