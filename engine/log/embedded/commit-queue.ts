// Group commit: what was queued while a commit ran goes into the next one, and one sync of the disk serves it all.
//
//   append a ─▶ commit { a }
//   append b ┐      │
//   append c ┘  queued        ─▶ commit { b, c }
//
// The queue's callers keep one append a partition in flight (R6), which is what bounds it.
import { LogError } from "../errors.ts";
import type { Appended } from "../log.ts";
import type { EncodedBatch } from "./batch-codec.ts";
import type { Partition } from "./partition.ts";
import type { BatchWrite, Store } from "./store.ts";

const MAX_COMMIT_BYTES = 16 * 1024 * 1024;

interface PendingAppend {
  readonly partition: Partition;
  readonly data: Buffer;
  readonly count: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: LogError) => void;
}

export class CommitQueue {
  readonly #store: Pick<Store, "commit">;
  readonly #now: () => number;
  #queued: PendingAppend[] = [];
  #running: Promise<void> | null = null;
  /** Set once: the log closed, or a commit's outcome is unknown and only opening the file again can tell. */
  #ended: LogError | null = null;

  constructor(store: Pick<Store, "commit">, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  append(partition: Partition, data: Buffer, count: number, signal: AbortSignal | undefined): Promise<Appended> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const pending: PendingAppend = {
        partition,
        data,
        count,
        resolve: (appended) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(appended);
        },
        reject: (error) => {
          signal?.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      const onAbort = (): void => {
        const at = this.#queued.indexOf(pending);
        if (at >= 0) this.#queued.splice(at, 1);
        pending.reject(new LogError("LOG_ABORTED", "the append was aborted", { outcomeUnknown: at < 0, cause: signal?.reason }));
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#queued.push(pending);
      // After this turn's microtasks began: appends made side by side share a commit.
      if (this.#running === null) this.#running = Promise.resolve().then(() => this.#run());
    });
  }

  /** Refuses what is queued and what comes, and waits for the commit that runs. */
  async end(reason: LogError): Promise<void> {
    this.#refuse(reason);
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queued.length > 0) await this.#commit(this.#takeGroup());
    this.#running = null;
  }

  async #commit(group: readonly PendingAppend[]): Promise<void> {
    const placed = this.#place(group);
    try {
      await this.#store.commit(placed.map(({ write }) => write));
    } catch (error) {
      const failure =
        error instanceof LogError ? error : new LogError("LOG_FAILED", "a commit failed", { cause: error, outcomeUnknown: true });
      for (const { reject } of group) reject(failure);
      if (failure.outcomeUnknown) this.#refuse(failure);
      return;
    }
    for (const { pending, write } of placed) {
      pending.partition.publish(write);
      pending.resolve({ baseOffset: write.base, appendTime: write.time });
    }
  }

  /** Offsets follow the partition's end, and times never fall, whatever the machine's clock does. */
  #place(group: readonly PendingAppend[]): { readonly pending: PendingAppend; readonly write: BatchWrite }[] {
    const now = Math.floor(this.#now());
    const newest = new Map<Partition, EncodedBatch>();
    return group.map((pending) => {
      const { partition, data, count } = pending;
      const before = newest.get(partition);
      const base = before === undefined ? partition.end : before.last + 1;
      const time = Math.max(now, before?.time ?? partition.lastTime);
      const write = { partition: partition.id, base, last: base + count - 1, time, data };
      newest.set(partition, write);
      return { pending, write };
    });
  }

  #takeGroup(): PendingAppend[] {
    let bytes = 0;
    let count = 0;
    for (const { data } of this.#queued) {
      bytes += data.length;
      if (count > 0 && bytes > MAX_COMMIT_BYTES) break;
      count++;
    }
    return this.#queued.splice(0, count);
  }

  #refuse(reason: LogError): void {
    this.#ended ??= reason;
    for (const { reject } of this.#queued.splice(0)) reject(this.#ended);
  }
}
