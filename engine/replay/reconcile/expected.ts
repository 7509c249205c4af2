// Events of a function's sources that it is triggered by, in a span of time.
import type { Sealing } from "../../core/sealing.ts";
import { sealedWithin } from "../../execution/opened-text.ts";
import type { Log } from "../../log/log.ts";
import { readerUntil } from "../../log/reader-until.ts";
import { readEventInTime, type Reading } from "../../task/read-event.ts";
import { openerOf } from "../../task/sealed-data.ts";
import { arrivedEvent } from "../../workflow/event/arrive.ts";
import type { Once } from "../../workflow/event/cloud-event.ts";
import { factsOf } from "../../workflow/expression/event-facts.ts";
import { passes } from "../../workflow/expression/match.ts";
import type { TriggerEvent } from "../../workflow/records.ts";
import { TriggerIndex } from "../../workflow/trigger/match.ts";
import type { FunctionSpec, SourceSpec } from "../../workflow/trigger/manifest.ts";

/** Without what it says, which stands in its topic: there may be many (R16). */
export type PlacedEvent = Omit<TriggerEvent, "data">;

export interface ExpectedEvent {
  readonly event: PlacedEvent;
  readonly once: Once;
}

export interface Span {
  /** Milliseconds since 1970, by when the log took an event. */
  readonly since: number;
  /** Not included. */
  readonly until: number;
}

export interface ExpectedOptions {
  readonly log: Log;
  readonly spec: FunctionSpec;
  readonly reading: Reading;
  /** Opens data of subjects; null: nothing is sealed. */
  readonly sealing: Sealing | null;
  readonly signal: AbortSignal;
}

/**
 * In order, source partition by source partition. What cannot be read is none; nor is what was erased, since nobody can tell any more what its
 * trigger made of it. @throws LogError, the signal's reason
 */
export async function* expectedEvents(
  { log, spec, reading, sealing, signal }: ExpectedOptions,
  { topic, partitions }: Pick<SourceSpec, "topic" | "partitions">,
  { since, until }: Span,
): AsyncGenerator<ExpectedEvent> {
  const index = new TriggerIndex([spec]);
  const open = openerOf(sealing);
  for (let partition = 0; partition < partitions; partition++) {
    const target = { topic, partition };
    const end = await log.offsetForTime(target, until);
    let at = Math.max(await log.offsetForTime(target, since), await log.earliestOffset(target));
    if (at >= end) continue;
    using reader = readerUntil(log, { ...target, from: at, mode: "bulk" }, signal);
    while (at < end) {
      signal.throwIfAborted();
      const { records, nextOffset, highWatermark } = await reader.next();
      for (const record of records) {
        if (record.offset >= end) break;
        const read = await readEventInTime(reading, target, record, signal);
        if (read?.ok !== true) continue;
        const whole = arrivedEvent({ ...target, offset: record.offset, appendedAt: record.timestamp, event: read.event });
        if (isErased(sealing, whole)) continue;
        const found = index.match(whole.name, (condition) => passes(condition, factsOf(whole, open)));
        const { data: _, ...event } = whole;
        if (found.length > 0) yield { event, once: read.event.once };
      }
      at = nextOffset;
      if (at >= highWatermark) break;
    }
  }
}

function isErased(sealing: Sealing | null, event: TriggerEvent): boolean {
  if (sealing === null) return false;
  const sealed = sealedWithin(event);
  return sealed !== null && sealing.open(sealed).kind !== "open";
}
