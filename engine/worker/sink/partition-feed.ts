// Feeds one partition to a sink: from the position that the sink has, batch by batch, through trouble, until it is closed.
//
//   opening ──▶ reading ──▶ ended        (only where it was to end at the topic's end)
//      ▲          │  │
//      └─ retrying ◀─┘────▶ stopped      (R11: records that it would go on from are gone)
//
// Each try begins with asking the sink for its position, so that nothing depends on what this process believes to be stored.
import { backoffMs } from "../../core/backoff.ts";
import { orAborted } from "../../core/or-aborted.ts";
import { shown } from "../../core/shown.ts";
import type { Clock } from "../../core/clock.ts";
import { LogError } from "../../log/errors.ts";
import type { Log, ReadBatch, StoredRecord, TopicPartition } from "../../log/log.ts";
import type { Logger } from "../../observability/logger.ts";
import { hashOf } from "../../task/frame-queue.ts";
import type { LastRecord, Sink, SinkPositions } from "./sink.ts";
import { SinkError } from "./sink-error.ts";

const TROUBLE_BACKOFF = { baseMs: 500, maxMs: 30_000 };

/** Where a partition begins that the sink has nothing of. A date: with the first record that the log stamped then or later. */
export type SinkBegin = "beginning" | "now" | Date;

export interface FeedOptions {
  readonly log: Log;
  readonly sink: Sink;
  readonly source: TopicPartition;
  readonly begin: SinkBegin;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxBatchBytes: number;
  /** Ends where the topic ends, as seen when it gets there. */
  readonly endsAtEnd: boolean;
  /** In [0, 1): the jitter of waits. */
  readonly random: () => number;
}

export type FeedState =
  | { readonly state: "opening" | "reading" | "ended" }
  | { readonly state: "retrying"; readonly code: string; readonly reason: string; readonly attempts: number }
  | { readonly state: "stopped"; readonly code: string; readonly reason: string };

export type FeedReport = TopicPartition &
  FeedState & {
    /** The first offset that is not stored; null before that is known. */
    readonly next: number | null;
    /** How many offsets there are from `next` to the topic's end, when that was last seen. */
    readonly lag: number | null;
  };

export class PartitionFeed {
  /** Resolves when it is over: closed, stopped, or at the end where it was to end there. */
  readonly over: Promise<void>;
  readonly #options: FeedOptions;
  readonly #abort = new AbortController();
  #state: FeedState = { state: "opening" };
  #attempts = 0;
  #next: number | null = null;
  /** The sink said that its position is another one. */
  #refused: number | null = null;
  #end: number | null = null;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.over = this.#run();
  }

  report(): FeedReport {
    const lag = this.#next === null || this.#end === null ? null : Math.max(0, this.#end - this.#next);
    return { ...this.#options.source, ...this.#state, next: this.#next, lag };
  }

  /** What is being written is written to its end. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.over;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        // Another member was faster: this one goes on from there, for as long as the group leaves it the partition.
        while ((await this.#feed(signal)) === "moved");
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#refused = null;
        if (error instanceof SinkError) return this.#stop(error);
        await this.#wait(error, signal);
      }
    }
  }

  async #feed(signal: AbortSignal): Promise<"over" | "moved"> {
    const { log, sink, source, maxBatchBytes, endsAtEnd } = this.#options;
    // A log that says nothing keeps nobody from closing.
    const { next: from, last } = await orAborted(this.#start(), signal);
    if (from === this.#refused) throw new Error(`${sink.description} refuses a batch from offset ${from}, and has that very position`);
    this.#next = from;
    if (endsAtEnd && from === this.#end) return this.#ended();
    // The last record that is stored tells whether this is still the topic that it came from.
    const reader = log.openReader({
      ...source,
      from: last?.offset ?? from,
      maxBufferedBytes: maxBatchBytes,
      mode: endsAtEnd ? "bulk" : "follow",
    });
    const close = (): void => reader.close();
    signal.addEventListener("abort", close);
    try {
      while (!signal.aborted) {
        const { records: read, nextOffset, highWatermark } = await this.#read(() => reader.next());
        this.#end = highWatermark;
        const records = last === null ? read : this.#newOf(read, from, last);
        const newest = records.at(-1);
        if (newest !== undefined) {
          const batch = { ...source, from: this.#next, records, next: nextOffset, last: { offset: newest.offset, hash: hashOf(newest) } };
          const written = await sink.write(batch);
          this.#refused = written === "moved" ? this.#next : null;
          if (written === "moved") return "moved";
          this.#next = nextOffset;
        }
        this.#isReading();
        if (endsAtEnd && nextOffset >= highWatermark) return this.#ended();
      }
      return "over";
    } finally {
      signal.removeEventListener("abort", close);
      reader.close();
    }
  }

  /** @throws SinkError where the topic is another one */
  #newOf(records: readonly StoredRecord[], from: number, last: LastRecord): readonly StoredRecord[] {
    const { sink, source } = this.#options;
    for (const record of records) {
      if (record.offset >= from) break;
      if (record.offset !== last.offset || hashOf(record) === last.hash) continue;
      const problem = `the record at offset ${last.offset} is not the one that ${sink.description} has: the topic was made anew. Restore it from a backup, or let the sink begin anew`;
      throw new SinkError("SINK_TOPIC_RECREATED", source, problem);
    }
    return records[0] !== undefined && records[0].offset < from ? records.filter(({ offset }) => offset >= from) : records;
  }

  /** @throws SinkError where the topic does not have that position any more, or not yet */
  async #start(): Promise<{ readonly next: number; readonly last: LastRecord | null }> {
    const { log, sink, source, begin } = this.#options;
    const earliest = await log.earliestOffset(source);
    const latest = await log.latestOffset(source);
    this.#end = latest;
    const positions = await sink.positions(source.topic);
    checkPositions(sink, positions);
    const stored = positions.get(source.partition);
    if (stored === undefined) {
      if (begin === "beginning") return { next: earliest, last: null };
      return { next: begin === "now" ? latest : await log.offsetForTime(source, begin.getTime()), last: null };
    }
    const { next: position, last } = typeof stored === "number" ? { next: stored, last: null } : stored;
    if (position < earliest) {
      const problem = `offsets ${position} to ${earliest - 1} were deleted by the topic's retention before ${sink.description} had them. Restore the topic from a backup, or let the sink begin anew`;
      throw new SinkError("SINK_MISSING_HISTORY", source, problem);
    }
    // Another member may have stored what came after the end was read: only one that is read after the position says anything of it.
    if (position > latest) this.#end = await log.latestOffset(source);
    if (position > this.#end) {
      const problem = `${sink.description} has it up to offset ${position}, but it ends at ${this.#end}: the topic was made anew or lost its end. Restore it from a backup, or let the sink begin anew`;
      throw new SinkError("SINK_PAST_END", source, problem);
    }
    // Retention may have taken it since: then nothing is left to compare with.
    return { next: position, last: last === null || last.offset < earliest ? null : last };
  }

  async #read(next: () => Promise<ReadBatch>): Promise<ReadBatch> {
    try {
      return await next();
    } catch (error) {
      // The next try says which offsets are gone.
      if (error instanceof LogError && error.code === "LOG_OFFSET_OUT_OF_RANGE") await this.#start();
      throw error;
    }
  }

  #ended(): "over" {
    this.#state = { state: "ended" };
    return "over";
  }

  #isReading(): void {
    const { sink, source, logger } = this.#options;
    if (this.#attempts > 0) logger.info({ ...source, sink: sink.description, next: this.#next }, "the sink gets records again");
    this.#attempts = 0;
    this.#state = { state: "reading" };
  }

  #stop(error: SinkError): void {
    const { sink, source, logger } = this.#options;
    this.#state = { state: "stopped", code: error.code, reason: error.message };
    logger.error(
      { ...source, sink: sink.description, code: error.code, reason: error.message },
      "the sink gets nothing more of a partition",
    );
  }

  async #wait(error: unknown, signal: AbortSignal): Promise<void> {
    const { sink, source, logger, clock, random } = this.#options;
    const waitMs = backoffMs(this.#attempts++, random(), TROUBLE_BACKOFF);
    const reason = error instanceof Error ? error.message : String(error);
    this.#state = { state: "retrying", code: codeOf(error), reason, attempts: this.#attempts };
    logger.warn(
      { ...source, sink: sink.description, code: "SINK_FAILED", reason, err: error, attempts: this.#attempts, waitMs },
      `${source.topic}/${source.partition} does not get into ${sink.description}; it is tried again: ${reason}`,
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    const forget = clock.setTimer(waitMs, resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    forget();
  }
}

/** A database may give numbers as text: a partition would not be found, and seem to have nothing. */
function checkPositions(sink: Sink, positions: SinkPositions): void {
  for (const [partition, stored] of positions) {
    const next: unknown = typeof stored === "object" ? stored.next : stored;
    if (isOffset(partition) && isOffset(next)) continue;
    throw new TypeError(
      `${sink.description} says that its position in partition ${shown(partition)} is ${shown(next)}: both are whole numbers, and nothing else`,
    );
  }
}

function isOffset(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "SINK_FAILED";
}
