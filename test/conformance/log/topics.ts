// Topics, records and reading for the behaviours.
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { LogErrorCode } from "../../../engine/log/errors.ts";
import type { Log, LogRecord, PartitionReader, ReadBatch, StoredRecord, TopicPartition } from "../../../engine/log/log.ts";

const SETTINGS = { "message.timestamp.type": "LogAppendTime", "cleanup.policy": "delete" };

/** The key of records that an adapter may append to make its log compact. */
export const FILLER = "filler";

/** Brokers are shared by everyone who tests: a name of its own for each topic. */
export function freshName(): string {
  return `conformance-${randomUUID()}`;
}

export async function freshTopic(log: Log, options: { partitions?: number; settings?: Record<string, string> } = {}): Promise<string> {
  const topic = freshName();
  await log.createTopics([{ topic, partitions: options.partitions ?? 1, settings: { ...SETTINGS, ...options.settings } }]);
  return topic;
}

export async function freshPartition(log: Log, settings: Record<string, string> = {}): Promise<TopicPartition> {
  return { topic: await freshTopic(log, { settings }), partition: 0 };
}

export function record(value: string | null, key: string | null = null): LogRecord {
  return { key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value) };
}

/** `count` records whose values say where they stand: "a 0", "a 1", … */
export function batchOf(count: number, name: string): LogRecord[] {
  return Array.from({ length: count }, (_, n) => record(`${name} ${n}`));
}

export function values(records: readonly StoredRecord[]): (string | null)[] {
  return records.map(({ value }) => value?.toString() ?? null);
}

/** Reads until `count` records came. */
export async function take(reader: PartitionReader, count: number): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  while (records.length < count) records.push(...(await reader.next()).records);
  return records;
}

/** Reads to the end of the partition, and closes the reader. */
export async function drain(reader: PartitionReader): Promise<{ records: StoredRecord[]; batches: ReadBatch[] }> {
  const batches: ReadBatch[] = [];
  let batch: ReadBatch;
  do {
    batch = await reader.next();
    batches.push(batch);
  } while (batch.nextOffset < batch.highWatermark);
  reader.close();
  return { records: batches.flatMap(({ records }) => records), batches };
}

export async function readAll(log: Log, target: TopicPartition, from?: number): Promise<StoredRecord[]> {
  const { records } = await drain(log.openReader({ ...target, from: from ?? (await log.earliestOffset(target)), mode: "bulk" }));
  return records;
}

export async function expectRefusal(work: Promise<unknown>, code: LogErrorCode): Promise<void> {
  await expect(work).rejects.toMatchObject({ family: "log", code });
}
