// Records of one batch to bytes and back. A batch is one blob in the database, so a thousand small records cost one row.
//
//   batch  = crc32 of the rest (u32) , record*
//   record = offset − base (u32) , key length (i32) , value length (i32) , header count (u16) , key , value , header*
//   header = name length (u16) , value length (u32) , name , value          −1 as a length means null; little endian
import { crc32 } from "node:zlib";
import { LogError } from "../errors.ts";
import type { LogRecord, StoredRecord } from "../log.ts";

/** A batch as it stands in the log: where it begins and ends, when it was taken, and its records' bytes. */
export interface EncodedBatch {
  readonly base: number;
  /** The offset of the last record that the batch had when it was appended: compaction doesn't lower it. */
  readonly last: number;
  readonly time: number;
  readonly data: Uint8Array;
}

const CHECKSUM = 4;
const RECORD_HEAD = 14;
const HEADER_HEAD = 6;
const MAX_HEADERS = 0xffff;
const NO_HEADERS: Readonly<Record<string, Buffer>> = Object.freeze({});

/** Bytes of keys, values and headers, as `Log.maxBatchBytes` counts them. */
export function payloadBytes(records: readonly LogRecord[]): number {
  let bytes = 0;
  for (const record of records) {
    bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    if (record.headers === undefined) continue;
    for (const name in record.headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(record.headers[name] ?? "");
  }
  return bytes;
}

/** Copies: the caller may reuse its buffers at once. */
export function encodeBatch(records: readonly LogRecord[]): Buffer {
  let size = CHECKSUM + payloadBytes(records) + records.length * RECORD_HEAD;
  for (const record of records) size += HEADER_HEAD * countHeaders(record);
  const out = Buffer.allocUnsafe(size);
  let at = CHECKSUM;
  records.forEach((record, delta) => {
    at = writeRecord(out, at, delta, record.key, record.value, Object.entries(record.headers ?? NO_HEADERS));
  });
  return seal(out);
}

/** The same records at the same offsets, without those that `keep` refuses; null when none is left. */
export function filterBatch(batch: EncodedBatch, keep: (record: StoredRecord) => boolean): Buffer | null {
  const kept = decodeBatch(batch, batch.base).filter(keep);
  if (kept.length === 0) return null;
  const out = Buffer.allocUnsafe(batch.data.length);
  let at = CHECKSUM;
  for (const record of kept) {
    at = writeRecord(out, at, record.offset - batch.base, record.key, record.value, Object.entries(record.headers));
  }
  return seal(out.subarray(0, at));
}

/** The batch's records from offset `from` on. They share the batch's memory. */
export function decodeBatch(batch: EncodedBatch, from: number): StoredRecord[] {
  const data = Buffer.from(batch.data.buffer, batch.data.byteOffset, batch.data.byteLength);
  if (data.length < CHECKSUM || data.readUInt32LE(0) !== crc32(data.subarray(CHECKSUM))) throw damaged(batch);
  const records: StoredRecord[] = [];
  let at = CHECKSUM;
  while (at < data.length) {
    const offset = batch.base + data.readUInt32LE(at);
    const keyLength = data.readInt32LE(at + 4);
    const valueLength = data.readInt32LE(at + 8);
    const headerCount = data.readUInt16LE(at + 12);
    at += RECORD_HEAD;
    const key = keyLength < 0 ? null : data.subarray(at, at + keyLength);
    if (keyLength > 0) at += keyLength;
    const value = valueLength < 0 ? null : data.subarray(at, at + valueLength);
    if (valueLength > 0) at += valueLength;
    let headers = NO_HEADERS;
    if (headerCount > 0) {
      const found: Record<string, Buffer> = {};
      for (let n = 0; n < headerCount; n++) {
        const nameEnd = at + HEADER_HEAD + data.readUInt16LE(at);
        const valueEnd = nameEnd + data.readUInt32LE(at + 2);
        found[data.toString("utf8", at + HEADER_HEAD, nameEnd)] = data.subarray(nameEnd, valueEnd);
        at = valueEnd;
      }
      headers = found;
    }
    if (offset >= from) records.push({ offset, timestamp: batch.time, key, value, headers });
  }
  return records;
}

function writeRecord(
  out: Buffer,
  start: number,
  delta: number,
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly (readonly [string, string | Buffer])[],
): number {
  out.writeUInt32LE(delta, start);
  out.writeInt32LE(key === null ? -1 : key.length, start + 4);
  out.writeInt32LE(value === null ? -1 : value.length, start + 8);
  out.writeUInt16LE(headers.length, start + 12);
  let at = start + RECORD_HEAD;
  if (key !== null) at += key.copy(out, at);
  if (value !== null) at += value.copy(out, at);
  for (const [name, content] of headers) {
    const nameLength = out.write(name, at + HEADER_HEAD);
    const contentAt = at + HEADER_HEAD + nameLength;
    const contentLength = typeof content === "string" ? out.write(content, contentAt) : content.copy(out, contentAt);
    out.writeUInt16LE(nameLength, at);
    out.writeUInt32LE(contentLength, at + 2);
    at = contentAt + contentLength;
  }
  return at;
}

function countHeaders(record: LogRecord): number {
  if (record.headers === undefined) return 0;
  const names = Object.keys(record.headers);
  if (names.length > MAX_HEADERS || names.some((name) => Buffer.byteLength(name) > 0xffff)) {
    throw new LogError(
      "LOG_INVALID_RECORD",
      `a record has more than ${MAX_HEADERS} headers, or a header's name is longer than 65535 bytes`,
    );
  }
  return names.length;
}

function seal(out: Buffer): Buffer {
  out.writeUInt32LE(crc32(out.subarray(CHECKSUM)), 0);
  return out;
}

function damaged(batch: EncodedBatch): LogError {
  return new LogError(
    "LOG_CORRUPT",
    `the batch at offset ${batch.base} of the embedded log does not match its checksum: the file was damaged. Restore it from a copy; ` +
      "to keep what is readable before that offset, copy the directory first",
  );
}
