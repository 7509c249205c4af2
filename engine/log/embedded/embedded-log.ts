// ADAPTER of the Log port on node:sqlite, for one process: what a newcomer runs before there is a Kafka, and what tests run on.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { LogError } from "../errors.ts";
import type {
  Appended,
  GroupMember,
  JoinOptions,
  Log,
  LogRecord,
  Membership,
  PartitionReader,
  ReaderOptions,
  TopicDescription,
  TopicPartition,
  TopicSpec,
} from "../log.ts";
import { encodeBatch, payloadBytes } from "./batch-codec.ts";
import { Cleaner } from "./cleaner.ts";
import { CommitQueue } from "./commit-queue.ts";
import { Groups } from "./groups.ts";
import { openMemoryStore } from "./memory-store.ts";
import type { Partition } from "./partition.ts";
import { EmbeddedReader } from "./reader.ts";
import type { Store } from "./store.ts";
import { openThreadStore } from "./thread-store.ts";
import { checkTopicSpec, Topics } from "./topics.ts";

export interface EmbeddedLogOptions {
  /** A directory, made if it is missing; `:memory:` for a log that ends with its process. Default `.millrace`. */
  readonly path?: string;
  /** The clock that stamps appends, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** 0 where that clock stands still while somebody looks. Default 1. */
  readonly settleMs?: number;
}

/** A `Log`, and what Kafka does by itself in the background. */
export interface EmbeddedLog extends Log {
  /** Keeps the newest record of each key of a topic, and no tombstones. Offsets stay. */
  compact(topic: string): Promise<void>;
}

const MAX_BATCH_BYTES = 16 * 1024 * 1024;
const DEFAULT_READ_BYTES = 1024 * 1024;

/** @throws LogError `LOG_LOCKED` (another process has it), `LOG_CORRUPT`, `LOG_UNAVAILABLE` (directory or disk). */
export async function openEmbeddedLog(options: EmbeddedLogOptions = {}): Promise<EmbeddedLog> {
  const place = options.path ?? ".millrace";
  const store = place === ":memory:" ? openMemoryStore() : await openThreadStore(await prepareDirectory(place));
  const topics = new Topics();
  try {
    for (const topic of await store.load()) topics.add(topic);
  } catch (error) {
    await store.close();
    throw error;
  }
  return new SqliteLog(`embedded ${place}`, store, topics, options);
}

async function prepareDirectory(directory: string): Promise<string> {
  try {
    const made = await mkdir(directory, { recursive: true, mode: 0o700 }); // its owner's alone: all data is in there
    if (made !== undefined) await writeFile(path.join(directory, ".gitignore"), "*\n"); // never into a directory that was there before
  } catch (error) {
    throw new LogError(
      "LOG_UNAVAILABLE",
      `the directory ${directory} of the embedded log cannot be made or written. Check its path and rights`,
      {
        cause: error,
      },
    );
  }
  return path.join(directory, "log.db");
}

class SqliteLog implements EmbeddedLog {
  readonly description: string;
  readonly maxBatchBytes = MAX_BATCH_BYTES;
  readonly settleMs: number;
  readonly #store: Store;
  readonly #topics: Topics;
  readonly #commits: CommitQueue;
  readonly #cleaner: Cleaner;
  readonly #groups = new Groups();
  readonly #readers = new Set<EmbeddedReader>();
  /** Changes of topics, one after the other. */
  #changes: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(description: string, store: Store, topics: Topics, { now = Date.now, settleMs = 1 }: EmbeddedLogOptions) {
    this.description = description;
    this.settleMs = settleMs;
    this.#store = store;
    this.#topics = topics;
    this.#commits = new CommitQueue(store, now);
    this.#cleaner = new Cleaner(
      (partition) => this.#compact(partition),
      () => performance.now(),
    );
    // The process before this one may have died before it came to it.
    for (const partition of topics.forgetting()) if (partition.end > partition.start) this.#cleaner.forgets(partition);
  }

  async append(target: TopicPartition, records: readonly LogRecord[], options: { readonly signal?: AbortSignal } = {}): Promise<Appended> {
    this.#checkOpen();
    if (options.signal?.aborted === true) {
      throw new LogError("LOG_ABORTED", "the append was aborted before it began", { cause: options.signal.reason });
    }
    const partition = this.#topics.partition(target);
    const { compacted, forgets } = this.#checkRecords(target.topic, records);
    if (forgets) this.#cleaner.forgets(partition);
    else if (compacted) this.#cleaner.appended(partition, records.length);
    return this.#commits.append(partition, encodeBatch(records), records.length, options.signal);
  }

  openReader(options: ReaderOptions): PartitionReader {
    this.#checkOpen();
    const reader = new EmbeddedReader({
      partition: () => this.#topics.partition(options),
      store: this.#store,
      from: options.from,
      maxBytes: options.maxBufferedBytes ?? DEFAULT_READ_BYTES,
      onClosed: (closed) => this.#readers.delete(closed),
    });
    this.#readers.add(reader);
    return reader;
  }

  async earliestOffset(target: TopicPartition): Promise<number> {
    this.#checkOpen();
    return this.#topics.partition(target).start;
  }

  async latestOffset(target: TopicPartition): Promise<number> {
    this.#checkOpen();
    return this.#topics.partition(target).end;
  }

  async offsetForTime(target: TopicPartition, time: number): Promise<number> {
    this.#checkOpen();
    const partition = this.#topics.partition(target);
    const found = await this.#store.findTime(partition.id, time);
    return found === null ? partition.end : Math.max(partition.start, found.base);
  }

  async trim(target: TopicPartition, offset: number): Promise<void> {
    this.#checkOpen();
    const partition = this.#topics.partition(target);
    if (!Number.isSafeInteger(offset) || offset < 0 || offset > partition.end) {
      throw new LogError(
        "LOG_OFFSET_OUT_OF_RANGE",
        `${target.topic}/${target.partition} cannot begin at ${offset}: it ends at ${partition.end}`,
      );
    }
    if (offset <= partition.start) return;
    await this.#store.trim(partition.id, offset);
    partition.trimmed(offset);
  }

  async compact(topic: string): Promise<void> {
    this.#checkOpen();
    for (const partition of this.#topics.need(topic).partitions) await this.#compact(partition);
  }

  async #compact(partition: Partition): Promise<void> {
    const below = partition.end;
    while ((await this.#store.compact(partition.id, below)) === "more") this.#checkOpen();
    partition.forgetTail();
  }

  /** What was erased is gone when its log is closed. */
  async #forget(partition: Partition): Promise<void> {
    while ((await this.#store.compact(partition.id, partition.end)) === "more");
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]> {
    this.#checkOpen();
    topics.forEach(checkTopicSpec);
    const change = this.#changes.then(async () => {
      const created: string[] = [];
      for (const spec of topics) {
        if (this.#topics.get(spec.topic) !== undefined) continue;
        this.#topics.add(await this.#store.createTopic(spec));
        created.push(spec.topic);
      }
      return created;
    });
    this.#changes = change.catch(() => {});
    return change;
  }

  async describeTopic(topic: string): Promise<TopicDescription | null> {
    this.#checkOpen();
    return this.#topics.describe(topic);
  }

  async listTopics(): Promise<readonly string[]> {
    this.#checkOpen();
    return this.#topics.names();
  }

  async join(options: JoinOptions): Promise<Membership> {
    this.#checkOpen();
    return this.#groups.join(options, this.#topics.need(options.topic).partitions.length);
  }

  async members(group: string): Promise<readonly GroupMember[]> {
    this.#checkOpen();
    return this.#groups.members(group);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#groups.close();
    for (const reader of this.#readers) reader.close();
    await this.#commits.end(closed());
    const forgetting = this.#cleaner.end();
    await this.#cleaner.settled();
    // Where the disk fails it is tried again when it is opened.
    for (const partition of forgetting) await this.#forget(partition).catch(() => {});
    await this.#store.close();
  }

  #checkRecords(topic: string, records: readonly LogRecord[]): { readonly compacted: boolean; readonly forgets: boolean } {
    if (records.length === 0) throw new LogError("LOG_INVALID_RECORD", "an append needs at least one record");
    const { compacted, forgets, maxBatchBytes } = this.#topics.need(topic);
    if (compacted && records.some(({ key }) => key === null)) {
      throw new LogError("LOG_INVALID_RECORD", `topic ${topic} is compacted: its records need keys`);
    }
    const limit = Math.min(maxBatchBytes, MAX_BATCH_BYTES);
    const bytes = payloadBytes(records);
    if (bytes > limit)
      throw new LogError("LOG_RECORD_TOO_LARGE", `a batch of ${bytes} bytes is over the limit of topic ${topic}, ${limit} bytes`);
    return { compacted, forgets };
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw closed();
  }
}

function closed(): LogError {
  return new LogError("LOG_CLOSED", "the embedded log was closed");
}
