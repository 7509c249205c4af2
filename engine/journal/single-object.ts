// Avro's single-object encoding: marker, 64-bit fingerprint of the writer's schema, body. Every entry tells by itself who can read it.
// https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding
import avro from "avsc";

const MARKER = 0xc301;
const HEADER_BYTES = 10;

export class SingleObject<T> {
  readonly name: string;
  readonly type: avro.Type;
  /** CRC-64-AVRO of the parsing canonical form, hex, as it stands in the bytes. */
  readonly fingerprint: string;
  readonly #header: Buffer;

  constructor(schema: object) {
    // A copy, since avsc is entitled to a mutable schema.
    this.type = avro.Type.forSchema(structuredClone(schema) as avro.Schema, { wrapUnions: "auto", omitRecordMethods: true });
    this.name = this.type.name ?? "unnamed";
    const crc = fingerprint64(Buffer.from(JSON.stringify(this.type.schema())));
    this.#header = Buffer.alloc(HEADER_BYTES);
    this.#header.writeUInt16BE(MARKER, 0);
    this.#header.writeBigUInt64LE(crc, 2);
    this.fingerprint = this.#header.toString("hex", 2);
  }

  encode(value: T): Buffer {
    let scratch = scratchOf(64 * 1024);
    this.#header.copy(scratch, 0);
    let end = this.type.encode(value, scratch, HEADER_BYTES);
    if (end < 0) {
      // avsc tells how many bytes were missing.
      scratch = scratchOf(scratch.length - end);
      this.#header.copy(scratch, 0);
      end = this.type.encode(value, scratch, HEADER_BYTES);
    }
    const bytes = Buffer.allocUnsafeSlow(end);
    scratch.copy(bytes, 0, 0, end);
    return bytes;
  }

  decode(bytes: Buffer): T {
    return this.type.fromBuffer(bytes.subarray(HEADER_BYTES)) as T;
  }
}

/** The fingerprint that an entry carries, or null where it is no single object. */
export function fingerprintIn(bytes: Buffer): string | null {
  return bytes.length >= HEADER_BYTES && bytes.readUInt16BE(0) === MARKER ? bytes.toString("hex", 2, HEADER_BYTES) : null;
}

const KEPT_BYTES = 8 * 1024 * 1024;
let kept = Buffer.alloc(0);

/** One buffer to encode into, kept between calls unless it was uncommonly large. */
function scratchOf(bytes: number): Buffer {
  if (kept.length >= bytes) return kept;
  const made = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)));
  if (made.length <= KEPT_BYTES) kept = made;
  return made;
}

const EMPTY = 0xc15d213aa4d7a795n;
let table: readonly bigint[] | null = null;

/** CRC-64-AVRO, as Avro's specification gives it under "Schema Fingerprints". */
function fingerprint64(bytes: Buffer): bigint {
  table ??= Array.from({ length: 256 }, (_, index) => {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit++) value = (value >> 1n) ^ ((value & 1n) === 1n ? EMPTY : 0n);
    return value;
  });
  let crc = EMPTY;
  for (const byte of bytes) crc = (crc >> 8n) ^ (table[Number((crc ^ BigInt(byte)) & 0xffn)] ?? 0n);
  return crc;
}
