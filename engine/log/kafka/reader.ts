// A reader's own side: what was fetched ahead for it, and handing that over in order. Fetching is fetch.ts's business.
//
// Keys, values and headers of the records handed over are views of the answer they came in, up to 8 MiB: who keeps one for long
// copies it. With `committedOnly: false` everything is shown but markers, aborted data too: such an answer names no aborted transactions.
import { LogError } from "../errors.ts";
import type { PartitionReader, ReadBatch, ReaderOptions, StoredRecord, TopicPartition } from "../log.ts";
import { AbortedTransactions } from "./aborted-transactions.ts";
import { keyOf } from "./cluster.ts";
import type { FetchedPartition } from "./protocol/fetch.ts";
import { decodeRecords, isStampedByLog, splitRecordSet, type StoredBatch } from "./protocol/record-set.ts";

/** One answer for this partition, of which batches are still to be handed over. */
interface Answer {
  readonly batches: StoredBatch[];
  readonly aborted: AbortedTransactions;
  readonly highWatermark: number;
}

/** A caller inside `next`. */
interface Waiting {
  readonly since: number;
  readonly resolve: (batch: ReadBatch) => void;
  readonly reject: (error: unknown) => void;
}

const DEFAULT_BUFFERED_BYTES = 1024 * 1024;
/** Bytes decoded for one `next`: some milliseconds of work, so that a large answer does not hold up everything else. */
const HANDED_OVER_BYTES = 256 * 1024;
/** An answer without news is told only to a caller that has waited about as long as a long poll lasts. */
const NOTHING_NEW_AFTER_MS = 200;

export class BufferedReader implements PartitionReader {
  readonly target: TopicPartition;
  readonly mode: "follow" | "bulk";
  readonly committedOnly: boolean;
  /** Where the next fetch has to start. */
  fetchOffset: number;
  /** A fetch for it is waiting or under way. */
  isBeingFetched = false;
  /** In a row. */
  failures = 0;
  /** The last answer reached the end of the partition: there is time to wait for more. */
  isAtEnd = false;

  readonly #budget: number;
  readonly #wake: (reader: BufferedReader) => void;
  readonly #onClose: (reader: BufferedReader) => void;
  readonly #answers: Answer[] = [];
  #bufferedBytes = 0;
  #position: number;
  #neededBytes = 0;
  #waiting: Waiting | null = null;
  #failure: LogError | null = null;
  #isStarted = false;
  #isClosed = false;

  constructor(options: ReaderOptions, wake: (reader: BufferedReader) => void, onClose: (reader: BufferedReader) => void) {
    this.target = { topic: options.topic, partition: options.partition };
    this.mode = options.mode ?? "follow";
    this.committedOnly = options.committedOnly ?? true;
    this.fetchOffset = options.from;
    this.#position = options.from;
    this.#budget = options.maxBufferedBytes ?? DEFAULT_BUFFERED_BYTES;
    this.#wake = wake;
    this.#onClose = onClose;
  }

  async next(): Promise<ReadBatch> {
    if (this.#isClosed) throw closed(this.target);
    if (this.#waiting !== null) throw new LogError("LOG_FAILED", `next() of ${keyOf(this.target)} was called while one is under way.`);
    if (this.#answers.length > 0) return this.#handOver();
    this.#failure = null;
    this.#isStarted = true;
    const { promise, resolve, reject } = Promise.withResolvers<ReadBatch>();
    this.#waiting = { since: performance.now(), resolve, reject };
    this.#wake(this);
    return promise;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#answers.length = 0;
    this.#onClose(this);
    this.#settle((waiting) => waiting.reject(closed(this.target)));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether to fetch for it now: its buffer is half empty, and nothing stands in the way. */
  get isHungry(): boolean {
    return this.#isStarted && !this.#isClosed && this.#failure === null && this.#bufferedBytes <= this.#budget / 2;
  }

  /** How much to ask for: what its buffer has room for, or what the batch that was cut off needs. */
  get wantedBytes(): number {
    return Math.max(this.#budget - this.#bufferedBytes, this.#neededBytes);
  }

  /** Takes an answer for its `fetchOffset`. */
  accept({ records, highWatermark, lastStableOffset, abortedTransactions }: FetchedPartition): void {
    if (this.#isClosed) return;
    const { batches, cutAt } = splitRecordSet(records);
    const news = batches.filter(({ lastOffset }) => lastOffset >= this.fetchOffset);
    const last = news.at(-1);
    this.failures = 0;
    this.#neededBytes = last === undefined ? cutAt : 0;
    if (last === undefined) {
      if (cutAt === 0) this.#nothingNew(highWatermark);
      return;
    }
    this.fetchOffset = last.lastOffset + 1;
    this.#bufferedBytes += sizeOf(news);
    this.#answers.push({ batches: news, highWatermark, aborted: new AbortedTransactions(abortedTransactions) });
    const visibleEnd = this.committedOnly ? Math.min(highWatermark, lastStableOffset) : highWatermark;
    this.isAtEnd = this.fetchOffset >= visibleEnd;
    this.#deliver();
  }

  /** Ends the `next` under way; a later one tries again. */
  fail(error: LogError): void {
    this.#failure = error;
    this.#settle((waiting) => waiting.reject(error));
  }

  #nothingNew(highWatermark: number): void {
    const wasAtEnd = this.isAtEnd;
    this.isAtEnd = true;
    const waitedMs = performance.now() - (this.#waiting?.since ?? Infinity);
    if (wasAtEnd && waitedMs < NOTHING_NEW_AFTER_MS) return;
    this.#settle(({ resolve }) => resolve({ records: [], nextOffset: this.#position, highWatermark, timestampType: "append" }));
  }

  #deliver(): void {
    this.#settle((waiting) => {
      try {
        waiting.resolve(this.#handOver());
      } catch (error) {
        waiting.reject(error);
      }
    });
  }

  #settle(settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    settle(waiting);
  }

  /** Decodes from the oldest answer: batches with one kind of stamp, about 256 KiB of them. */
  #handOver(): ReadBatch {
    const answer = this.#answers[0];
    if (answer === undefined) throw new LogError("LOG_FAILED", `Nothing is buffered of ${keyOf(this.target)}.`);
    const records: StoredRecord[] = [];
    const from = this.#position;
    let stampedByLog = false;
    let bytes = 0;
    for (let batch = answer.batches[0]; batch !== undefined; batch = answer.batches[0]) {
      const isFirst = records.length === 0;
      if (!isFirst && (bytes >= HANDED_OVER_BYTES || isStampedByLog(batch) !== stampedByLog)) break;
      if (answer.aborted.shows(batch, this.committedOnly)) decodeRecords(batch, from, (record) => records.push(record));
      if (isFirst) stampedByLog = isStampedByLog(batch);
      answer.batches.shift();
      bytes += batch.bytes.length;
      this.#position = batch.lastOffset + 1;
    }
    if (answer.batches.length === 0) this.#answers.shift();
    this.#bufferedBytes -= bytes;
    if (this.isHungry) this.#wake(this);
    return {
      records,
      nextOffset: this.#position,
      highWatermark: answer.highWatermark,
      timestampType: stampedByLog ? "append" : "create",
    };
  }
}

function sizeOf(batches: readonly StoredBatch[]): number {
  return batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function closed({ topic, partition }: TopicPartition): LogError {
  return new LogError("LOG_CLOSED", `The reader of ${topic}/${partition} was closed.`);
}
