// ADAPTER of the Log port on another Log: what an app writes to its own topics is sealed before that log has it, and opened as it is read.
// Offsets, batches and times are the log's own, so all rules that rest on them hold as they are.
import { LogError } from "../errors.ts";
import type { Appended, Headers, Log, LogRecord, PartitionReader, ReaderOptions, TopicPartition } from "../log.ts";
import type { Codec } from "./codec.ts";
import { EncryptedReader } from "./encrypted-reader.ts";
import { Sealer } from "./sealed-records.ts";

export interface EncryptedLogOptions {
  /** Null: nothing is sealed, and what is sealed already is not taken for what it is not. */
  readonly codec: Codec | null;
  /** Whether a topic is the app's own; all others are left as they are. */
  readonly isOwn: (topic: string) => boolean;
}

/** What a batch grows by has room in this, or is refused by the log as too large. */
const ROOM_BYTES = 256 * 1024;

/** @throws what the codec's `open` throws */
export async function openEncryptedLog(log: Log, { codec, isOwn }: EncryptedLogOptions): Promise<Log> {
  await codec?.open?.();
  return new EncryptedLog(log, codec, isOwn);
}

class EncryptedLog implements Log {
  readonly #log: Log;
  readonly #codec: Codec | null;
  readonly #sealer: Sealer | null;
  readonly #isOwn: (topic: string) => boolean;

  constructor(log: Log, codec: Codec | null, isOwn: (topic: string) => boolean) {
    [this.#log, this.#codec, this.#isOwn] = [log, codec, isOwn];
    this.#sealer = codec === null ? null : new Sealer(codec);
  }

  get description(): string {
    return this.#codec === null ? this.#log.description : `${this.#log.description}, encrypted`;
  }

  get maxBatchBytes(): number {
    return this.#log.maxBatchBytes - (this.#codec === null ? 0 : ROOM_BYTES);
  }

  get settleMs(): number {
    return this.#log.settleMs;
  }

  append(target: TopicPartition, records: readonly LogRecord[], options?: { readonly signal?: AbortSignal }): Promise<Appended> {
    const { topic } = target;
    const sealer = this.#sealer;
    if (sealer === null || !this.#isOwn(topic)) return this.#log.append(target, records, options);
    const bytes = plainBytes(records);
    if (bytes > this.maxBatchBytes) {
      const problem = `a batch of ${bytes} bytes is over the limit of an encrypted log, ${this.maxBatchBytes} bytes`;
      return Promise.reject(new LogError("LOG_RECORD_TOO_LARGE", problem));
    }
    try {
      // R6: the log sends these bytes again where it has to.
      const sealed = records.map((record) => sealer.seal(topic, record));
      return this.#log.append(target, sealed, options);
    } catch (cause) {
      return Promise.reject(new LogError("LOG_FAILED", `the codec did not encrypt a record for ${topic}`, { cause }));
    }
  }

  openReader(options: ReaderOptions): PartitionReader {
    const reader = this.#log.openReader(options);
    return this.#isOwn(options.topic) ? new EncryptedReader(reader, options, this.#codec) : reader;
  }

  earliestOffset(target: TopicPartition): ReturnType<Log["earliestOffset"]> {
    return this.#log.earliestOffset(target);
  }

  latestOffset(target: TopicPartition): ReturnType<Log["latestOffset"]> {
    return this.#log.latestOffset(target);
  }

  offsetForTime(target: TopicPartition, time: number): ReturnType<Log["offsetForTime"]> {
    return this.#log.offsetForTime(target, time);
  }

  trim(target: TopicPartition, offset: number): ReturnType<Log["trim"]> {
    return this.#log.trim(target, offset);
  }

  createTopics(topics: Parameters<Log["createTopics"]>[0]): ReturnType<Log["createTopics"]> {
    return this.#log.createTopics(topics);
  }

  describeTopic(topic: string): ReturnType<Log["describeTopic"]> {
    return this.#log.describeTopic(topic);
  }

  listTopics(): ReturnType<Log["listTopics"]> {
    return this.#log.listTopics();
  }

  join(options: Parameters<Log["join"]>[0]): ReturnType<Log["join"]> {
    return this.#log.join(options);
  }

  members(group: string): ReturnType<Log["members"]> {
    return this.#log.members(group);
  }

  close(): ReturnType<Log["close"]> {
    return this.#log.close();
  }
}

function plainBytes(records: readonly LogRecord[]): number {
  let bytes = 0;
  for (const { key, value, headers } of records) {
    bytes += (key?.length ?? 0) + (value?.length ?? 0);
    if (headers !== undefined) bytes += headerBytes(headers);
  }
  return bytes;
}

function headerBytes(headers: Headers): number {
  let bytes = 0;
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}
