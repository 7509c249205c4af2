// A batch made smaller, where it pays: brokers keep and pass on the bytes as they are, every reader unpacks them.
import { constants, zstdCompressSync } from "node:zlib";
import { BATCH_HEADER_BYTES, BATCH_LENGTH_END, FIELD } from "./record-batch.ts";

/** Setting up the compressor takes 25 µs, whatever the size: below this, more than all the rest of an append. */
const MIN_BYTES = 1024;
const ZSTD_CODEC = 4;
/** Level 3, zstd's default, makes batches of JSON no smaller and takes a quarter longer. */
const ZSTD_OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** With zstd: the batch with its records compressed, or as it was where it would hardly shrink. Its checksum is still to be written. */
export function zstdBatch(batch: Buffer): Buffer {
  if (batch.length < MIN_BYTES) return batch;
  const records = zstdCompressSync(batch.subarray(BATCH_HEADER_BYTES), ZSTD_OPTIONS);
  const size = BATCH_HEADER_BYTES + records.length;
  if (size >= batch.length) return batch;
  const compressed = Buffer.allocUnsafe(size);
  batch.copy(compressed, 0, 0, BATCH_HEADER_BYTES);
  records.copy(compressed, BATCH_HEADER_BYTES);
  compressed.writeInt32BE(size - BATCH_LENGTH_END, FIELD.length);
  compressed.writeInt16BE(ZSTD_CODEC, FIELD.attributes);
  return compressed;
}
