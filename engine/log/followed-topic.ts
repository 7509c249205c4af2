// A compacted topic of one partition that a process knows whole: read to its end, then followed. After trouble it is read from its beginning
// again, since it may have been made anew; whoever takes a record twice sees the same twice.
import { setTimeout as pause } from "node:timers/promises";
import type { Log, ReadBatch, StoredRecord } from "./log.ts";
import { readerUntil } from "./reader-until.ts";

export interface FollowedTopicOptions {
  readonly log: Log;
  readonly topic: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** In the order of the log. Does not throw. */
  readonly take: (record: StoredRecord) => void;
  /** Something new was taken. A rejection is trouble. */
  readonly taken?: () => void | Promise<void>;
  /** It cannot be followed, and is tried again. */
  readonly trouble: (error: unknown) => void;
}

interface Waiting {
  readonly offset: number;
  readonly resolve: () => void;
}

const REOPEN_MS = 500;

type OpenReader = ReturnType<typeof readerUntil>;

export class FollowedTopic {
  readonly target: { readonly topic: string; readonly partition: 0 };
  readonly #options: FollowedTopicOptions;
  readonly #waiting = new Set<Waiting>();
  /** First offset that was not read. */
  #position = 0;
  #following: Promise<void> = Promise.resolve();

  constructor(options: FollowedTopicOptions) {
    this.#options = options;
    this.target = { topic: options.topic, partition: 0 };
  }

  /** Resolves when all was read that is there now; then it goes on in the background. @throws LogError */
  async open(): Promise<void> {
    const reader = await this.#openReader();
    try {
      const end = await this.#options.log.latestOffset(this.target);
      while (this.#position < end) await this.#read(reader);
    } catch (error) {
      reader[Symbol.dispose]();
      throw error;
    }
    this.#following = this.#follow(reader);
  }

  /** Resolves when all was read that was there when this was called. @throws LogError */
  async caughtUp(): Promise<void> {
    await this.reached(await this.#options.log.latestOffset(this.target));
  }

  /** Resolves when what stands before `offset` was read, or it is over. */
  async reached(offset: number): Promise<void> {
    const { signal } = this.#options;
    if (this.#position >= offset || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const go = (): void => resolve();
    const waiting = { offset, resolve };
    this.#waiting.add(waiting);
    signal.addEventListener("abort", go);
    await promise;
    signal.removeEventListener("abort", go);
    this.#waiting.delete(waiting);
  }

  /** Resolves when it is not followed any more. Never rejects. */
  async over(): Promise<void> {
    await this.#following;
  }

  async #follow(first: OpenReader): Promise<void> {
    const { signal, taken, trouble } = this.#options;
    let reader: OpenReader | null = first;
    while (!signal.aborted) {
      try {
        reader ??= await this.#openReader();
        const { records } = await this.#read(reader);
        if (records.length > 0) await taken?.();
      } catch (error) {
        reader?.[Symbol.dispose]();
        reader = null;
        if (signal.aborted) return;
        trouble(error);
        await pause(REOPEN_MS, undefined, { ref: false, signal }).catch(() => {});
      }
    }
    reader?.[Symbol.dispose]();
  }

  async #read(reader: OpenReader): Promise<ReadBatch> {
    const batch = await reader.next();
    for (const record of batch.records) this.#options.take(record);
    this.#position = batch.nextOffset;
    for (const { offset, resolve } of this.#waiting) if (offset <= batch.nextOffset) resolve();
    return batch;
  }

  async #openReader(): Promise<OpenReader> {
    const { log, signal } = this.#options;
    const from = await log.earliestOffset(this.target);
    this.#position = from;
    const reader = readerUntil(log, { ...this.target, from }, signal);
    if (!signal.aborted) return reader;
    reader[Symbol.dispose]();
    throw signal.reason;
  }
}
