// Which events had come before: by id or number within 24 hours, as their partition counts them. They start nothing, and leave no trace.
import { originOf } from "../../workflow/event/origin.ts";
import type { Log } from "../../log/log.ts";
import { readerUntil } from "../../log/reader-until.ts";
import { envelopeOf, type Once } from "../../workflow/event/cloud-event.ts";
import { sourceKey } from "../../workflow/source/source.ts";
import type { SourceSpec } from "../../workflow/trigger/manifest.ts";
import type { ExpectedEvent } from "./expected.ts";

const DAY_MS = 86_400_000;

interface CopiesOptions {
  readonly log: Log;
  readonly sources: readonly SourceSpec[];
}

/** Origins of those that are. Reads a day before the first of each partition again. @throws LogError, the signal's reason */
export async function copiesAmong(
  events: readonly ExpectedEvent[],
  { log, sources }: CopiesOptions,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const idless = new Set(sources.filter(({ ignoreIds }) => ignoreIds === true).map(({ topic }) => topic));
  const byPlace = new Map<string, ExpectedEvent[]>();
  for (const one of events) {
    const { topic, partition } = one.event;
    if (idless.has(topic)) continue;
    const key = sourceKey(topic, partition);
    byPlace.set(key, [...(byPlace.get(key) ?? []), one]);
  }
  const copies = new Set<string>();
  for (const ofPlace of byPlace.values()) await findCopies(ofPlace, log, signal, copies);
  return copies;
}

async function findCopies(events: readonly ExpectedEvent[], log: Log, signal: AbortSignal, copies: Set<string>): Promise<void> {
  const [first] = events;
  if (first === undefined) return;
  const { topic, partition, appendedAt } = first.event;
  const target = { topic, partition };
  const wanted = new Map(events.map((one) => [one.event.offset, one]));
  const end = Math.max(...wanted.keys()) + 1;
  let at = Math.max(await log.offsetForTime(target, appendedAt - DAY_MS), await log.earliestOffset(target));
  const seen = new Set<string>();
  const last = new Map<string, number>();
  using reader = readerUntil(log, { ...target, from: at, mode: "bulk" }, signal);
  while (at < end) {
    signal.throwIfAborted();
    const { records, nextOffset, highWatermark } = await reader.next();
    for (const record of records) {
      const once = wanted.get(record.offset)?.once ?? onceOf(record);
      if (once === null) continue;
      if (isCopy(once, seen, last) && wanted.has(record.offset)) copies.add(originOf({ ...target, offset: record.offset, id: "" }));
    }
    at = nextOffset;
    if (at >= highWatermark) return;
  }
}

function isCopy(once: Once, seen: Set<string>, last: Map<string, number>): boolean {
  if (once.by === "id") {
    if (seen.has(once.key)) return true;
    seen.add(once.key);
    return false;
  }
  if (once.sequence <= (last.get(once.producer) ?? 0)) return true;
  last.set(once.producer, once.sequence);
  return false;
}

function onceOf(record: Parameters<typeof envelopeOf>[0]): Once | null {
  const envelope = envelopeOf(record);
  return "ok" in envelope ? null : envelope.once;
}
