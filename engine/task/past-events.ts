// What a source held from a time on, as it was decided then: without what could not be read, and without second copies.
import type { Log, StoredRecord } from "../log/log.ts";
import { LogError } from "../log/errors.ts";
import type { Logger } from "../observability/logger.ts";
import { arrivedEvent, isDuplicate } from "../workflow/event/arrive.ts";
import type { TriggerEvent } from "../workflow/records.ts";
import { forgetOld, remember } from "../workflow/source/source.ts";
import type { SourceState } from "../workflow/state.ts";
import { readEvent } from "./read-event.ts";
import { isUnknownPartition } from "./source-reader.ts";

export interface PastEventsOptions {
  readonly log: Log;
  readonly source: SourceState;
  readonly maxEventBytes: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Second copies come soon after the first, which is looked for so much further back. */
const COPIES_WITHIN_MS = 10_000;

export interface PastRange {
  readonly since: number;
  /** Offset. */
  readonly until: number;
  readonly areIdsIgnored: boolean;
}

/** A source that is gone has none: it stops by itself, visibly. */
export async function* pastEvents(options: PastEventsOptions, range: PastRange): AsyncIterable<TriggerEvent> {
  try {
    yield* eventsOf(options, range);
  } catch (error) {
    if (!isUnknownPartition(error)) throw error;
  }
}

async function* eventsOf(options: PastEventsOptions, range: PastRange): AsyncIterable<TriggerEvent> {
  const { source, maxEventBytes } = options;
  const { topic, partition } = source;
  const known: SourceState = { topic, partition, next: 0, last: -1, hash: 0, producers: new Map(), ids: new Map(), idsForgotten: 0 };
  for await (const { record, stamped } of pastRecords(options, { ...range, since: range.since - COPIES_WITHIN_MS })) {
    const read = readEvent(record, maxEventBytes);
    if (!read.ok) continue;
    // A source that is not stamped was stamped when it was read; its producer's word is all that is left of that.
    const appendedAt = stamped ? record.timestamp : (read.event.time ?? record.timestamp);
    if (!range.areIdsIgnored) {
      const isCopy = isDuplicate(known, read.event);
      remember(known, read.event.once, appendedAt);
      forgetOld(known, appendedAt);
      if (isCopy) continue;
    }
    if (appendedAt < range.since) continue;
    yield arrivedEvent({ topic, partition, offset: record.offset, appendedAt, event: read.event });
  }
}

interface PastRecord {
  readonly record: StoredRecord;
  /** The log's own time stands in it. */
  readonly stamped: boolean;
}

async function* pastRecords(options: PastEventsOptions, { since, until }: PastRange): AsyncIterable<PastRecord> {
  const { log, source, logger, signal } = options;
  const target = { topic: source.topic, partition: source.partition };
  for (let next = await log.offsetForTime(target, Math.max(0, since)); next < until;) {
    const earliest = await log.earliestOffset(target);
    if (next <= earliest && earliest > 0) {
      logger.warn(
        { code: "WAIT_PAST_RETENTION", ...target, since },
        "a wait looks back further than a source's retention reaches: events that were deleted cannot answer it",
      );
    }
    next = Math.max(next, earliest);
    const reader = log.openReader({ ...target, from: next, mode: "bulk" });
    const stop = (): void => reader.close();
    signal.addEventListener("abort", stop);
    try {
      while (next < until) {
        signal.throwIfAborted();
        const { records, timestampType, nextOffset } = await reader.next();
        for (const record of records) if (record.offset < until) yield { record, stamped: timestampType === "append" };
        next = nextOffset;
      }
    } catch (error) {
      // Deleted while it was read: what is left is read.
      if (!(error instanceof LogError) || error.code !== "LOG_OFFSET_OUT_OF_RANGE") throw error;
    } finally {
      signal.removeEventListener("abort", stop);
      reader.close();
    }
  }
}
