// Kafka's record batch, format v2 (magic 2): how records travel to a broker. Header layout, then records with varint lengths.
import type { LogRecord } from "../../log.ts";
import { crc32c } from "./crc32c.ts";
import { RecordWriter } from "./record-writer.ts";

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
  return sizeBy(records, (text) => Buffer.byteLength(text));
}

/** The same at the most, for a fraction of the time. */
export function payloadBytesAtMost(records: readonly LogRecord[]): number {
  return sizeBy(records, (text) => 3 * text.length);
}

function sizeBy(records: readonly LogRecord[], bytesOf: (text: string) => number): number {
  let bytes = 0;
  for (const { key, value, headers } of records) {
    bytes += (key?.length ?? 0) + (value?.length ?? 0);
    for (const name in headers) {
      const header = headers[name] ?? "";
      bytes += bytesOf(name) + (typeof header === "string" ? bytesOf(header) : header.length);
    }
  }
  return bytes;
}

/**
 * One batch, non-idempotent, every record stamped `timestamp`. The result is sent as it is, as often as needed:
 * brokers rewrite base offset, leader epoch and (LogAppendTime) the stamp, none of which the checksum covers but the last.
 */
export function encodeRecordBatch(records: readonly LogRecord[], timestamp: number, compress: Compress = asItIs): Buffer {
  writer.begin(BATCH_HEADER_BYTES);
  for (const [index, record] of records.entries()) writer.record(record, index);
  const { written } = writer;
  writeHeader(written, records.length, timestamp);
  const shrunk = compress(written);
  const batch = shrunk === written ? Buffer.from(written) : shrunk;
  batch.writeUInt32BE(crc32c(batch, FIELD.attributes, batch.length), FIELD.crc);
  return batch;
}

/** Encoding is synchronous, so that one is enough. */
const writer = new RecordWriter();

/** A batch, whose checksum is still to be written, made smaller: another buffer, or the same where it stays as it is. */
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
