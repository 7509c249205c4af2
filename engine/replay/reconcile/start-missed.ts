// Starts what should have been started: the partition that read the event is told, and decides it once.
import type { Log } from "../../log/log.ts";
import { readerUntil } from "../../log/reader-until.ts";
import type { AppTopics } from "../../task/app-topics.ts";
import { readEventInTime, type Reading } from "../../task/read-event.ts";
import { tellPartition } from "../../task/tell-partition.ts";
import { arrivedEvent } from "../../workflow/event/arrive.ts";
import type { TriggerEvent } from "../../workflow/records.ts";
import { sourceKey } from "../../workflow/source/source.ts";
import type { PlacedEvent } from "./expected.ts";

export interface MissedAt {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
  readonly reading: Reading;
  readonly signal?: AbortSignal;
  /** So many are told. */
  readonly onTold?: (count: number) => void;
}

/** Resolves when the log has all. What is told twice counts once; what is not in its topic any more is not told. @throws LogError */
export async function startMissed(at: MissedAt, functionId: string, events: readonly PlacedEvent[]): Promise<void> {
  const { log, topics, partitions, signal, onTold } = at;
  const target = { log, inbox: topics.inbox, partitions, ...(signal === undefined ? {} : { signal }) };
  let told = 0;
  for (const of of Map.groupBy(events, ({ topic, partition }) => sourceKey(topic, partition)).values()) {
    for await (const event of readAgain(at, of)) {
      await tellPartition(target, event.partition % partitions, { type: "StartMissed", functionId, event });
      onTold?.((told += 1));
    }
  }
}

/** Events of one source partition, with what they say. */
async function* readAgain(
  { log, reading, signal = new AbortController().signal }: MissedAt,
  events: readonly PlacedEvent[],
): AsyncGenerator<TriggerEvent> {
  const [first] = events;
  if (first === undefined) return;
  const { topic, partition } = first;
  const place = { topic, partition };
  const wanted = new Set(events.map(({ offset }) => offset));
  const end = Math.max(...wanted) + 1;
  let next = Math.max(Math.min(...wanted), await log.earliestOffset(place));
  if (next >= end) return;
  using reader = readerUntil(log, { ...place, from: next, mode: "bulk" }, signal);
  while (next < end) {
    signal.throwIfAborted();
    const batch = await reader.next();
    for (const record of batch.records) {
      if (!wanted.has(record.offset)) continue;
      const read = await readEventInTime(reading, place, record, signal);
      if (read?.ok === true) yield arrivedEvent({ ...place, offset: record.offset, appendedAt: record.timestamp, event: read.event });
    }
    next = batch.nextOffset;
    if (next >= batch.highWatermark) return;
  }
}
