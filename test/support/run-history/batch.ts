// Entries of a journal as whoever feeds a sink hands them over.
import type { StoredRecord } from "../../../engine/log/log.ts";
import { hashOf } from "../../../engine/task/frame-queue.ts";
import type { SinkBatch } from "../../../engine/worker/sink/sink.ts";

/** There is one record at least. */
export function batchOf(topic: string, partition: number, from: number, records: readonly StoredRecord[]): SinkBatch {
  const last = records.at(-1);
  if (last === undefined) throw new Error("a batch has a record at least");
  return { topic, partition, from, records, next: last.offset + 1, last: { offset: last.offset, hash: hashOf(last) } };
}
