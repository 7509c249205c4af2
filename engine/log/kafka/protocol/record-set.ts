// What a Fetch answers for a partition: record batches one after the other, the last of them possibly cut off.
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { LogError } from "../../errors.ts";
import type { StoredRecord } from "../../log.ts";
import { crc32c } from "./crc32c.ts";
import { unlz4 } from "./lz4.ts";
import { BATCH_HEADER_BYTES, BATCH_LENGTH_END, FIELD } from "./record-batch.ts";
import { unsnappy } from "./snappy.ts";
import { ByteReader, readInt64 } from "./wire.ts";

/** A whole batch in an answer: its header, and where it stands. Its records are decoded when they are asked for. */
export interface StoredBatch {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: number;
  readonly attributes: number;
}

const CODEC_MASK = 0x07;
const APPEND_TIME_FLAG = 0x08;
const TRANSACTIONAL_FLAG = 0x10;
const CONTROL_FLAG = 0x20;

export const isStampedByLog = (batch: StoredBatch): boolean => (batch.attributes & APPEND_TIME_FLAG) !== 0;
export const isTransactional = (batch: StoredBatch): boolean => (batch.attributes & TRANSACTIONAL_FLAG) !== 0;
export const isControl = (batch: StoredBatch): boolean => (batch.attributes & CONTROL_FLAG) !== 0;

/** Splits an answer into whole batches. `cutAt` is the size that a batch cut off at the end needs, 0 when there is none. */
export function splitRecordSet(set: Buffer): { readonly batches: StoredBatch[]; readonly cutAt: number } {
  const batches: StoredBatch[] = [];
  let at = 0;
  while (at + BATCH_LENGTH_END <= set.length) {
    const size = set.readInt32BE(at + FIELD.length) + BATCH_LENGTH_END;
    if (at + size > set.length) return { batches, cutAt: size };
    const bytes = set.subarray(at, at + size);
    const magic = bytes.readInt8(FIELD.magic);
    if (magic !== 2) throw corrupt(`a batch of format ${magic} (older than Kafka 0.11)`);
    const baseOffset = readInt64(bytes, FIELD.baseOffset);
    batches.push({
      bytes,
      baseOffset,
      lastOffset: baseOffset + bytes.readInt32BE(FIELD.lastOffsetDelta),
      producerId: readInt64(bytes, FIELD.producerId),
      attributes: bytes.readInt16BE(FIELD.attributes),
    });
    at += size;
  }
  return { batches, cutAt: at < set.length ? BATCH_HEADER_BYTES : 0 };
}

/** The type of a control batch: whether the transaction that ends here was aborted. */
export function isAbortMarker(batch: StoredBatch): boolean {
  let aborted = false;
  decodeRecords(batch, 0, (record) => (aborted = record.key !== null && record.key.length >= 4 && record.key.readInt16BE(2) === 0));
  return aborted;
}

/** Hands over the batch's records from offset `from` on. Keys, values and header values are views of the answer. */
export function decodeRecords(batch: StoredBatch, from: number, take: (record: StoredRecord) => void): void {
  const { bytes, baseOffset } = batch;
  if (crc32c(bytes, FIELD.attributes, bytes.length) !== bytes.readUInt32BE(FIELD.crc)) {
    throw corrupt(`a batch at offset ${baseOffset} that fails its checksum`);
  }
  const count = bytes.readInt32BE(FIELD.recordCount);
  const baseTimestamp = readInt64(bytes, FIELD.baseTimestamp);
  const stamp = isStampedByLog(batch) ? readInt64(bytes, FIELD.maxTimestamp) : null;
  const body = decompress(batch);
  const cursor = new RecordCursor(body.bytes, body.at);
  for (let i = 0; i < count; i++) {
    const end = cursor.varint() + cursor.at;
    cursor.at++; // attributes: none are defined
    const timestamp = cursor.varlong() + baseTimestamp;
    const offset = cursor.varint() + baseOffset;
    if (offset >= from)
      take({ offset, timestamp: stamp ?? timestamp, key: cursor.view(), value: cursor.view(), headers: cursor.headers() });
    cursor.at = end;
  }
}

const NO_HEADERS: StoredRecord["headers"] = Object.freeze({});

class RecordCursor {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  varint(): number {
    let result = 0;
    let shift = 0;
    for (;;) {
      const byte = this.#bytes[this.at++] ?? 0;
      result |= (byte & 127) << shift;
      if (byte < 128) return (result >>> 1) ^ -(result & 1);
      shift += 7;
    }
  }

  /** A 64-bit varint; timestamps' deltas are small, so the first 28 bits are the fast way. */
  varlong(): number {
    let result = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#bytes[this.at++] ?? 0;
      result += (byte & 127) * factor;
      if (byte < 128) return result % 2 === 0 ? result / 2 : -(result + 1) / 2;
      factor *= 128;
    }
  }

  view(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const view = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    return view;
  }

  headers(): StoredRecord["headers"] {
    const count = this.varint();
    if (count <= 0) return NO_HEADERS;
    const headers: Record<string, Buffer> = {};
    for (let i = 0; i < count; i++) {
      const length = this.varint();
      const name = this.#bytes.toString("utf8", this.at, this.at + length);
      this.at += length;
      const value = this.view() ?? EMPTY;
      if (name === "__proto__") Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
      else headers[name] = value;
    }
    return headers;
  }
}

const EMPTY = Buffer.alloc(0);

function decompress(batch: StoredBatch): ByteReader {
  const codec = batch.attributes & CODEC_MASK;
  if (codec === 0) return new ByteReader(batch.bytes, BATCH_HEADER_BYTES);
  const decompressor = DECOMPRESSORS[codec];
  if (decompressor === undefined) throw corrupt(`a batch at offset ${batch.baseOffset} that is compressed in an unknown way (${codec})`);
  try {
    return new ByteReader(decompressor(batch.bytes.subarray(BATCH_HEADER_BYTES)));
  } catch (cause) {
    throw corrupt(`a batch at offset ${batch.baseOffset} that does not decompress`, cause);
  }
}

const DECOMPRESSORS: Readonly<Record<number, (bytes: Buffer) => Buffer>> = { 1: gunzipSync, 2: unsnappy, 3: unlz4, 4: zstdDecompressSync };

function corrupt(what: string, cause?: unknown): LogError {
  return new LogError("LOG_CORRUPT", `The log answered with ${what}.`, { cause });
}
