/**
 * PORT Log: partitioned, append-only topics. Bytes, keys, partitions and offsets; no workflow words come in here.
 *
 * What an adapter owes its caller, in every method:
 * - **Atomic.** The records of one `append` become visible together, at contiguous offsets, or not at all.
 * - **Durable.** A resolved `append` survives the death of every process, and on Kafka of every broker but the last in sync.
 * - **Ordered.** Appends to one partition that were started one after the other *and awaited* keep their order. A caller that
 *   needs order or exactly-once keeps one append a partition in flight (rule R6).
 * - **Unknown outcomes.** `append` sends the same bytes again until it is acknowledged or its signal aborts, so an
 *   acknowledged batch may stand in the log more than once. The base offset returned is that of the copy acknowledged;
 *   a caller that knows the offset it expected sees the difference (R4).
 * - **Cancelled.** A call whose signal aborts rejects with `LogError` code `LOG_ABORTED`; the outcome of an append is then unknown.
 * Offsets are integers below 2^53; times are milliseconds since 1970, UTC.
 */
export interface Log {
  /** Human-readable place of this log for messages to people, e.g. `kafka localhost:9092` or `embedded .millrace`. */
  readonly description: string;
  /** The largest batch, in bytes of keys, values and headers, that `append` accepts in one call. */
  readonly maxBatchBytes: number;
  /**
   * So long after a time, all that the log stamped by then is readable, in milliseconds: what replication takes, and one more, since more may be
   * stamped in the same. 0 where time stands still, as in tests.
   */
  readonly settleMs: number;

  /**
   * Appends a batch to one partition. Resolves when it is durable.
   * @throws LogError `LOG_RECORD_TOO_LARGE`, `LOG_UNKNOWN_PARTITION`, `LOG_ABORTED`, `LOG_CLOSED`. Transient trouble is not thrown: it is retried for as long as the signal lets it.
   */
  append(target: TopicPartition, records: readonly LogRecord[], options?: { readonly signal?: AbortSignal }): Promise<Appended>;

  /** Opens a reader that follows a partition from an offset. Costs nothing until `next` is called. */
  openReader(options: ReaderOptions): PartitionReader;

  /** Offset of the first record still there: the log's start. Equal to `latestOffset` when empty. */
  earliestOffset(target: TopicPartition): Promise<number>;
  /** Offset that the next appended record will get: the high watermark. */
  latestOffset(target: TopicPartition): Promise<number>;
  /** Offset of the first record whose timestamp is at or after `time`; `latestOffset` when there is none. */
  offsetForTime(target: TopicPartition, time: number): Promise<number>;
  /** Deletes all records below `offset`; the log's start becomes `offset`. Later readers below it get `LOG_OFFSET_OUT_OF_RANGE`. */
  trim(target: TopicPartition, offset: number): Promise<void>;

  /** Creates the topics that do not exist and leaves those that do as they are. Returns the names that were created. */
  createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]>;
  /** What is known of a topic, or null where there is none of that name. */
  describeTopic(topic: string): Promise<TopicDescription | null>;
  /** Names of all topics, of other apps too, as far as this connection may know of them. In no order. */
  listTopics(): Promise<readonly string[]>;

  /**
   * Joins a group whose live members share the partitions of `topic`. The group only proposes (R8): nothing here is a lock.
   * Assignment is sticky and balanced; a member's share changes by `onAssignment` alone.
   */
  join(options: JoinOptions): Promise<Membership>;
  /** Metadata of the members that are alive in a group now, by its coordinator's word. */
  members(group: string): Promise<readonly GroupMember[]>;

  /** Stops everything, aborts what waits, lets go of sockets, files and locks. Idempotent. */
  close(): Promise<void>;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A record to append. A null value under a key is a tombstone: compaction removes the key. */
export interface LogRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Headers;
}
export type Headers = Readonly<Record<string, string | Buffer>>;

export interface StoredRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Header values as bytes; where a header is repeated, its last value. */
  readonly headers: Readonly<Record<string, Buffer>>;
}

export interface Appended {
  /** Offset of the batch's first record; the others follow without a gap. */
  readonly baseOffset: number;
  /** When the log took the batch, by the log's own clock. Null where the topic is stamped by its producers. */
  readonly appendTime: number | null;
}

export interface ReaderOptions extends TopicPartition {
  /** First offset wanted. */
  readonly from: number;
  /** Bound of what is fetched ahead of the caller, in bytes. Default 1 MiB. One record may exceed it. */
  readonly maxBufferedBytes?: number;
  /**
   * `follow` (default): optimised to see new records at once, all followed partitions of a broker share one long poll.
   * `bulk`: optimised to read a lot of old records; has its own connection so that it never waits behind a long poll.
   */
  readonly mode?: "follow" | "bulk";
  /** True to hide records of transactions that are aborted or not committed yet. False shows them all. Default true. */
  readonly committedOnly?: boolean;
}

export interface PartitionReader {
  /**
   * The next batch: at least one record, or none when the position moved over a gap, or none when about 250 ms passed with nothing new.
   * Call again only after the last call settled. Transient trouble is retried inside.
   * @throws LogError `LOG_OFFSET_OUT_OF_RANGE` when the position is below the log's start or past its end; `LOG_UNKNOWN_PARTITION`; `LOG_CLOSED`.
   */
  next(): Promise<ReadBatch>;
  /** Ends the reader; a `next` that waits rejects with `LOG_CLOSED`. */
  close(): void;
}

export interface ReadBatch {
  readonly records: readonly StoredRecord[];
  /** Where the reader stands after this batch: may be past the last record's offset + 1 (compaction, markers, aborted data). */
  readonly nextOffset: number;
  /** The high watermark of the very answer this batch came from. `nextOffset >= highWatermark` is the end of the partition. */
  readonly highWatermark: number;
  /** Who stamped the records: the log when it took them, or their producer. */
  readonly timestampType: "append" | "create";
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** Kafka's topic settings by their own names, e.g. `cleanup.policy`. Embedded honours `cleanup.policy` and `max.message.bytes`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Settings added where the log keeps fewer than three copies, e.g. `flush.messages`. Kafka only. */
  readonly settingsBelowThreeReplicas?: Readonly<Record<string, string>>;
}

export interface TopicDescription {
  readonly topic: string;
  readonly partitions: number;
  /** 1 for embedded. */
  readonly replicationFactor: number;
  /** The settings in force, where the log tells them: null where it will not. */
  readonly settings: Readonly<Record<string, string>> | null;
}

export interface JoinOptions {
  readonly group: string;
  readonly topic: string;
  /** Facts about this member that others can read by `members`. */
  readonly metadata: Buffer;
  /** How well a member, by its metadata, can do with partitions. Asked of whichever member shares them out. Default: all equally well. */
  readonly suits?: (metadata: Buffer) => Suitability;
  /** Called with the whole new share after every change; never called twice at once; must not throw. */
  readonly onAssignment: (partitions: readonly number[]) => void;
  /** The member was thrown out or its coordinator is lost; the adapter is joining again by itself. Optional. */
  readonly onLost?: (reason: Error) => void;
}

/** `poorly`: others come first, within reason. `not`: only where there are no others. */
export type Suitability = "well" | "poorly" | "not";

export interface Membership {
  readonly memberId: string;
  /** Start of the last heartbeat the coordinator answered well, on `performance.now()`'s scale; -Infinity before the first. */
  lastHeartbeatAt(): number;
  /** Tells the group that this member goes; its partitions are given to others at once. Idempotent. */
  leave(): Promise<void>;
}

export interface GroupMember {
  readonly memberId: string;
  readonly metadata: Buffer;
  /** What it was given when partitions were last shared out, ascending. */
  readonly assigned: readonly number[];
}
