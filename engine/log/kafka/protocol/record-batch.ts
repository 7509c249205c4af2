// Kafka's record batch, format v2 (magic 2): how records travel to a broker. Header layout, then records with varint lengths.
import type { LogRecord } from "../../log.ts";
import { crc32c } from "./crc32c.ts";

/** Bytes of a batch's header, up to and with the number of records. */
export const BATCH_HEADER_BYTES = 61;
/** Bytes before the part that `batchLength` counts: base offset and the length itself. */
export const BATCH_LENGTH_END = 12;
/** Where the header's fields stand. */
export const FIELD = {
  baseOffset: 0,
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

/** Bytes of keys, values and headers: what the port's `maxBatchBytes` counts. */
export function payloadBytes(records: readonly LogRecord[]): number {
  let bytes = 0;
  for (const { key, value, headers } of records) {
    bytes += (key?.length ?? 0) + (value?.length ?? 0);
    for (const name in headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? "");
  }
  return bytes;
}

/**
 * One batch, non-idempotent, every record stamped `timestamp`. The result is sent as it is, as often as needed:
 * brokers rewrite base offset, leader epoch and (LogAppendTime) the stamp, none of which the checksum covers but the last.
 */
export function encodeRecordBatch(records: readonly LogRecord[], timestamp: number, compress: Compress = asItIs): Buffer {
  const bodies = records.map(bodyBytes);
  let size = BATCH_HEADER_BYTES;
  for (const [index, body] of bodies.entries()) {
    const record = body + varintBytes(index);
    bodies[index] = record;
    size += varintBytes(record) + record;
  }
  const batch = Buffer.allocUnsafe(size);
  writeHeader(batch, records.length, timestamp);
  let at = BATCH_HEADER_BYTES;
  for (const [index, record] of records.entries()) {
    at = writeVarint(batch, bodies[index] ?? 0, at);
    batch[at++] = 0; // attributes: none are defined
    batch[at++] = 0; // timestamp delta: all records of a batch share one stamp
    at = writeVarint(batch, index, at);
    at = writeBytes(batch, record.key, at);
    at = writeBytes(batch, record.value, at);
    at = writeHeaders(batch, record.headers, at);
  }
  const sealed = compress(batch);
  sealed.writeUInt32BE(crc32c(sealed, FIELD.attributes, sealed.length), FIELD.crc);
  return sealed;
}

/** What is done to a batch whose checksum is still to be written. */
export type Compress = (batch: Buffer) => Buffer;
const asItIs: Compress = (batch) => batch;

function writeHeader(batch: Buffer, count: number, timestamp: number): void {
  batch.writeBigInt64BE(0n, FIELD.baseOffset);
  batch.writeInt32BE(batch.length - BATCH_LENGTH_END, FIELD.length);
  batch.writeInt32BE(-1, BATCH_LENGTH_END); // partition leader epoch: the broker's to fill in
  batch.writeInt8(2, FIELD.magic);
  batch.writeInt16BE(0, FIELD.attributes);
  batch.writeInt32BE(count - 1, FIELD.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(timestamp), FIELD.baseTimestamp);
  batch.writeBigInt64BE(BigInt(timestamp), FIELD.maxTimestamp);
  batch.writeBigInt64BE(-1n, FIELD.producerId);
  batch.writeInt16BE(-1, FIELD.producerEpoch);
  batch.writeInt32BE(-1, FIELD.baseSequence);
  batch.writeInt32BE(count, FIELD.recordCount);
}

/** Bytes of a record behind its length, but for the offset delta. */
function bodyBytes({ key, value, headers }: LogRecord): number {
  let bytes = 2 + lengthPrefixed(key?.length ?? -1) + lengthPrefixed(value?.length ?? -1);
  let count = 0;
  for (const name in headers) {
    count++;
    bytes += lengthPrefixed(Buffer.byteLength(name)) + lengthPrefixed(Buffer.byteLength(headers[name] ?? ""));
  }
  return bytes + varintBytes(count);
}

function lengthPrefixed(length: number): number {
  return varintBytes(length) + Math.max(0, length);
}

function writeHeaders(batch: Buffer, headers: LogRecord["headers"], from: number): number {
  let at = from;
  let count = 0;
  for (const _ in headers) count++;
  at = writeVarint(batch, count, at);
  for (const name in headers) {
    at = writeText(batch, name, at);
    const value = headers[name] ?? "";
    at = typeof value === "string" ? writeText(batch, value, at) : writeBytes(batch, value, at);
  }
  return at;
}

function writeText(batch: Buffer, text: string, from: number): number {
  const length = Buffer.byteLength(text);
  const at = writeVarint(batch, length, from);
  batch.write(text, at);
  return at + length;
}

function writeBytes(batch: Buffer, bytes: Buffer | null, from: number): number {
  if (bytes === null) return writeVarint(batch, -1, from);
  const at = writeVarint(batch, bytes.length, from);
  bytes.copy(batch, at);
  return at + bytes.length;
}

/** Zigzag varint of a 32-bit number. */
function writeVarint(batch: Buffer, value: number, from: number): number {
  let at = from;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest > 127) {
    batch[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  batch[at++] = rest;
  return at;
}

function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x200000) return 3;
  return zigzag < 0x10000000 ? 4 : 5;
}
