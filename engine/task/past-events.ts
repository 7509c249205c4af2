// What a source held from a time on, as it was decided then: without what could not be read, and without second copies.
import type { Log, StoredRecord } from "../log/log.ts";
import { LogError } from "../log/errors.ts";
import { readerUntil } from "../log/reader-until.ts";
import type { Logger } from "../observability/logger.ts";
import { arrivedEvent, isDuplicate } from "../workflow/event/arrive.ts";
import type { Once, ReadEvent } from "../workflow/event/cloud-event.ts";
import type { TriggerEvent } from "../workflow/records.ts";
import { forgetOld, remember } from "../workflow/source/source.ts";
import type { SourceState } from "../workflow/state.ts";
import { readEventInTime, type Reading } from "./read-event.ts";
import { isUnknownPartition } from "./source-reader.ts";

export interface PastEventsOptions extends Reading {
  readonly log: Pick<Log, "earliestOffset" | "latestOffset" | "offsetForTime" | "openReader">;
  readonly source: SourceState;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Second copies come soon after the first, which is looked for so much further back. Of earlier ones the ids that a source remembers tell. */
const COPIES_WITHIN_MS = 10_000;

export interface PastRange {
  readonly since: number;
  /** Offset: what is decided. */
  readonly until: number;
  /** When the last of it was, at the latest. */
  readonly decidedBy: number;
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
  const { source, signal } = options;
  const { topic, partition } = source;
  const isCopy = range.areIdsIgnored ? () => false : copies(source);
  const timeOf = times(source, range);
  for await (const past of pastRecords(options, { ...range, since: range.since - COPIES_WITHIN_MS })) {
    const { record } = past;
    const read = await readEventInTime(options, source, record, signal);
    if (read === null) continue;
    const appendedAt = timeOf(past, read.ok && !range.areIdsIgnored ? read.event.once : null);
    if (!read.ok || isCopy(read.event, appendedAt) || appendedAt < range.since) continue;
    yield arrivedEvent({ topic, partition, offset: record.offset, appendedAt, event: read.event });
  }
}

/** Told of all events in order, whether each is a second copy of an earlier one. */
function copies({ topic, partition, ids }: SourceState): (event: ReadEvent, appendedAt: number) => boolean {
  const seen: SourceState = { topic, partition, next: 0, last: -1, hash: 0, producers: new Map(), ids: new Map(), idsForgotten: 0 };
  let decidedAt = Number.NEGATIVE_INFINITY;
  return (event, appendedAt) => {
    const { once } = event;
    const firstAt = once.by === "id" ? ids.get(once.key) : undefined;
    // Its id was decided before that of an event that stands before it: with a copy that came earlier. That it was decided before it was
    // appended does not tell as much: a frame has the time when it was begun, and a process may stand still for an hour with one.
    const isKnown = firstAt !== undefined && firstAt < decidedAt;
    if (firstAt !== undefined) decidedAt = Math.max(decidedAt, firstAt);
    const isCopy = isKnown || isDuplicate(seen, event);
    remember(seen, once, appendedAt);
    forgetOld(seen, appendedAt);
    return isCopy;
  };
}

/**
 * When each event was appended. One that the log did not stamp counted from when it was read, which its source remembers where it remembers
 * its id. Otherwise what its producer stamped is all that is left, no earlier than what stands before it, since that was read before it, and
 * no later than what was decided last. Its `ce_time` says when something happened, not when it was told, and is not looked at.
 */
function times({ ids }: SourceState, { decidedBy }: PastRange): (past: PastRecord, once: Once | null) => number {
  let before = Number.NEGATIVE_INFINITY;
  return ({ record: { timestamp }, stamped }, once) => {
    if (stamped) return timestamp;
    const readAt = once?.by === "id" ? ids.get(once.key) : undefined;
    // A producer's clock that is far ahead says nothing of those behind it.
    if (timestamp <= decidedBy) before = Math.max(before, timestamp);
    return readAt ?? (timestamp <= decidedBy ? before : decidedBy);
  };
}

interface PastRecord {
  readonly record: StoredRecord;
  /** The log's own time stands in it. */
  readonly stamped: boolean;
}

async function* pastRecords(options: PastEventsOptions, { since, until }: PastRange): AsyncIterable<PastRecord> {
  const { log, source, logger, signal } = options;
  const target = { topic: source.topic, partition: source.partition };
  // A topic that was made anew ends before what was decided of the one before it.
  const end = async (): Promise<number> => Math.min(until, await log.latestOffset(target));
  for (let next = await log.offsetForTime(target, Math.max(0, since)), to = await end(); next < to; to = await end()) {
    const earliest = await log.earliestOffset(target);
    if (next <= earliest && earliest > 0) {
      logger.warn(
        { code: "WAIT_PAST_RETENTION", ...target, since },
        "a wait looks back further than a source's retention reaches: events that were deleted cannot answer it",
      );
    }
    next = Math.max(next, earliest);
    try {
      using reader = readerUntil(log, { ...target, from: next, mode: "bulk" }, signal);
      while (next < to) {
        signal.throwIfAborted();
        const { records, timestampType, nextOffset } = await reader.next();
        for (const record of records) if (record.offset < to) yield { record, stamped: timestampType === "append" };
        next = nextOffset;
      }
    } catch (error) {
      // Deleted while it was read: what is left is read.
      if (!(error instanceof LogError) || error.code !== "LOG_OFFSET_OUT_OF_RANGE") throw error;
    }
  }
}
