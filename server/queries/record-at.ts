// The record that an event was read from, as it stands in its topic: it tells the schema that wrote it, and of events that concern nobody, all.
import { orAborted } from "../../engine/core/or-aborted.ts";
import { unframed } from "../../engine/schemas/wire.ts";
import type { Log, StoredRecord, TopicPartition } from "../../engine/log/log.ts";
import { readerUntil } from "../../engine/log/reader-until.ts";
import { decodeEvent } from "../../engine/workflow/event/cloud-event.ts";
import type { ShownEvent } from "../contract/events.ts";

/** A log that takes longer has other troubles, and the rest of the event can be shown without. */
const PATIENCE_MS = 2_000;

export interface Origin extends TopicPartition {
  readonly offset: number;
}

/** `topic/partition/offset`; null where it is none. */
export function parseOrigin(text: string): Origin | null {
  const [, topic, partition, offset] = /^([\w.-]{1,249})\/(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  if (topic === undefined) return null;
  return { topic, partition: Number(partition), offset: Number(offset) };
}

/** Null where the log does not have it any more, or does not answer. */
export function recordAt(log: Log, origin: Origin, patienceMs = PATIENCE_MS): Promise<StoredRecord | null> {
  const signal = AbortSignal.timeout(patienceMs);
  return orAborted(found(log, origin, signal), signal).catch(() => null);
}

async function found(log: Log, { topic, partition, offset }: Origin, signal: AbortSignal): Promise<StoredRecord | null> {
  const described = await log.describeTopic(topic);
  if (described === null || partition >= described.partitions) return null;
  if (offset < (await log.earliestOffset({ topic, partition })) || offset >= (await log.latestOffset({ topic, partition }))) return null;
  using reader = readerUntil(log, { topic, partition, from: offset, maxBufferedBytes: 1 }, signal);
  while (!signal.aborted) {
    const { records, nextOffset } = await reader.next();
    const record = records.find((one) => one.offset === offset);
    if (record !== undefined) return record;
    if (nextOffset > offset) return null;
  }
  return null;
}

/** Of Avro as Confluent's serializers write it. */
export function schemaOf(record: StoredRecord | null, name: string): { readonly id: number; readonly name: string } | null {
  const value = record?.value ?? null;
  const framed = value === null ? null : unframed(value);
  return framed === null ? null : { id: framed.id, name };
}

export type EventInLog = Pick<
  ShownEvent,
  "origin" | "id" | "name" | "key" | "time" | "appendedAt" | "topic" | "partition" | "offset" | "corrects" | "data"
>;

/** Null where it is no event whose data is JSON. */
export function eventIn(record: StoredRecord, { topic, partition, offset }: Origin): EventInLog | null {
  const read = decodeEvent(record);
  if (!read.ok) return null;
  const { id, name, key, time, data, corrects = null } = read.event;
  const place = { origin: `${topic}/${partition}/${offset}`, topic, partition, offset };
  return { ...place, id, name, key, time: time ?? record.timestamp, appendedAt: record.timestamp, corrects, data };
}
