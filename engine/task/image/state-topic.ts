// The end of a partition of the state topic, as its owner sees it: appends, and knows by the offset of each whether somebody else wrote (R4).
import type { Log, LogRecord, StoredRecord, TopicPartition } from "../../log/log.ts";
import { readerUntil } from "../../log/reader-until.ts";

/** The topic ends before what was written: it was made anew, or lost its end. */
export class StateTopicLostError extends Error {
  constructor({ topic, partition }: TopicPartition, offset: number, expected: number) {
    super(
      `an append to ${topic}/${partition} got offset ${offset} where ${expected} was expected: the topic was made anew, or lost its end`,
    );
    this.name = "StateTopicLostError";
  }
}

export interface StateTopicOptions {
  readonly log: Log;
  readonly target: TopicPartition;
  readonly signal: AbortSignal;
}

export class StateTopic {
  readonly #options: StateTopicOptions;
  #expected: number;

  constructor(options: StateTopicOptions, end: number) {
    this.#options = options;
    this.#expected = end;
  }

  /** Returns the records that others put between this owner's last and these. @throws StateTopicLostError, LogError */
  async append(records: readonly LogRecord[]): Promise<readonly StoredRecord[]> {
    const { log, target, signal } = this.#options;
    const { baseOffset } = await log.append(target, records, { signal });
    if (baseOffset < this.#expected) throw new StateTopicLostError(target, baseOffset, this.#expected);
    const others: StoredRecord[] = [];
    if (baseOffset > this.#expected) {
      for await (const record of readAll(this.#options, this.#expected, baseOffset)) others.push(record);
    }
    this.#expected = baseOffset + records.length;
    return others;
  }
}

/** What stands from an offset on: up to `end`, or to where the topic ended when it was read. Returns the offset after it. */
export async function* readAll(
  { log, target, signal }: StateTopicOptions,
  from: number,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<StoredRecord, number> {
  using reader = readerUntil(log, { ...target, from, mode: "bulk", maxBufferedBytes: 4 * 1024 * 1024 }, signal);
  for (let next = from; ;) {
    signal.throwIfAborted();
    const batch = await reader.next();
    for (const record of batch.records) if (record.offset < end) yield record;
    next = batch.nextOffset;
    // The end that the very same answer told: whatever compaction does meanwhile, all before it was read.
    if (next >= Math.min(end, batch.highWatermark)) return next;
  }
}
