// A log in memory whose cleaner runs when a test says so, as far as it says, and forgets tombstones when it says so; appends may be held up,
// lost, or land without an answer.
import { LogError } from "../../engine/log/errors.ts";
import type {
  Appended,
  GroupMember,
  Log,
  LogRecord,
  Membership,
  PartitionReader,
  ReadBatch,
  ReaderOptions,
  StoredRecord,
  TopicDescription,
  TopicPartition,
} from "../../engine/log/log.ts";

interface Partition {
  records: StoredRecord[];
  end: number;
  start: number;
}

/** What comes of one append. */
export type Fate =
  | { readonly kind: "well" }
  /** It lands, and nobody hears of it. */
  | { readonly kind: "unanswered" }
  | { readonly kind: "lost" }
  | { readonly kind: "twice" }
  /** It is on its way for long, and lands whether its sender lives or not. */
  | { readonly kind: "late"; readonly until: Promise<void> };

export class CompactingLog implements Log {
  readonly description = "compacting";
  readonly settleMs = 1;
  readonly maxBatchBytes = 16 * 1024 * 1024;
  readonly #partitions = new Map<string, Partition>();
  /** How many records a reader gets at once. */
  batchRecords = 7;
  /** Asked at every append. */
  onAppend: (target: TopicPartition, records: readonly LogRecord[]) => Fate | Promise<Fate> = () => ({ kind: "well" });
  /** Between two batches that a reader gets. */
  onRead: (target: TopicPartition) => void = () => {};

  async append(target: TopicPartition, records: readonly LogRecord[], options: { readonly signal?: AbortSignal } = {}): Promise<Appended> {
    const fate = await this.onAppend(target, records);
    const { kind } = fate;
    if (kind === "late") await fate.until;
    else options.signal?.throwIfAborted();
    if (kind === "lost") throw new LogError("LOG_ABORTED", "the process died", { outcomeUnknown: true });
    if (kind === "twice") this.put(target, records);
    const baseOffset = this.put(target, records);
    if (kind === "unanswered") throw new LogError("LOG_ABORTED", "the process died", { outcomeUnknown: true });
    return { baseOffset, appendTime: null };
  }

  /** As somebody else does, on whom no faults are played. */
  put(target: TopicPartition, records: readonly LogRecord[]): number {
    const partition = this.#partition(target);
    const base = partition.end;
    for (const { key, value } of records) partition.records.push({ offset: partition.end++, timestamp: 0, key, value, headers: {} });
    return base;
  }

  openReader({ topic, partition, from }: ReaderOptions): PartitionReader {
    let position = from;
    const next = async (): Promise<ReadBatch> => {
      await Promise.resolve();
      this.onRead({ topic, partition });
      const { records, start, end } = this.#partition({ topic, partition });
      if (position < start || position > end) throw new LogError("LOG_OFFSET_OUT_OF_RANGE", `${position} is out of range`);
      const batch = records.filter(({ offset }) => offset >= position).slice(0, this.batchRecords);
      position = batch.length < this.batchRecords ? end : (batch.at(-1)?.offset ?? 0) + 1;
      return { records: batch, nextOffset: position, highWatermark: end, timestampType: "append" };
    };
    return { next, close: () => {} };
  }

  /** Below `offset` the newest record of each key remains, of those below. */
  compact(target: TopicPartition, below: number, keepsTombstones: boolean): void {
    const partition = this.#partition(target);
    const newest = new Map<string, number>();
    for (const { key, offset } of partition.records) if (offset < below) newest.set(String(key), offset);
    partition.records = partition.records.filter(({ key, value, offset }) => {
      if (offset >= below) return true;
      return newest.get(String(key)) === offset && (value !== null || keepsTombstones);
    });
  }

  /** What stands there now. */
  stored(target: TopicPartition): readonly StoredRecord[] {
    return this.#partition(target).records;
  }

  /** Something that nobody should do happens to what is stored. */
  mangle(target: TopicPartition, change: (records: readonly StoredRecord[]) => readonly StoredRecord[]): void {
    const partition = this.#partition(target);
    partition.records = [...change(partition.records)];
  }

  async earliestOffset(target: TopicPartition): Promise<number> {
    await Promise.resolve();
    return this.#partition(target).start;
  }

  async latestOffset(target: TopicPartition): Promise<number> {
    await Promise.resolve();
    return this.#partition(target).end;
  }

  async trim(target: TopicPartition, offset: number): Promise<void> {
    await Promise.resolve();
    const partition = this.#partition(target);
    partition.records = partition.records.filter((record) => record.offset >= offset);
    partition.start = offset;
  }

  /** The topic is made anew, with nothing in it. */
  renew({ topic, partition }: TopicPartition): void {
    this.#partitions.delete(`${topic}/${partition}`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  offsetForTime(): Promise<number> {
    throw new Error("nobody asks");
  }

  createTopics(): Promise<readonly string[]> {
    throw new Error("nobody asks");
  }

  describeTopic(): Promise<TopicDescription | null> {
    throw new Error("nobody asks");
  }

  listTopics(): Promise<readonly string[]> {
    throw new Error("nobody asks");
  }

  join(): Promise<Membership> {
    throw new Error("nobody asks");
  }

  members(): Promise<readonly GroupMember[]> {
    throw new Error("nobody asks");
  }

  #partition({ topic, partition }: TopicPartition): Partition {
    const name = `${topic}/${partition}`;
    const known = this.#partitions.get(name);
    if (known !== undefined) return known;
    const made: Partition = { records: [], end: 0, start: 0 };
    this.#partitions.set(name, made);
    return made;
  }
}
