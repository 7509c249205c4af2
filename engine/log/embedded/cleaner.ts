// Compacts partitions of compacted topics in the background, as Kafka's cleaner does. Without it they would grow with all that was ever replaced.
import type { Partition } from "./partition.ts";

/** Fewer new records are not worth it. */
const MIN_RECORDS = 10_000;
/** It may take this part of the time, at most. */
const MAX_SHARE = 0.01;

export class Cleaner {
  readonly #compact: (partition: Partition) => Promise<void>;
  readonly #nowMs: () => number;
  /** Records that came since the last time, by partition. What stood there when the log was opened may never have been compacted. */
  readonly #fresh = new Map<number, number>();
  readonly #notBefore = new Map<number, number>();
  #running: Promise<void> | null = null;

  constructor(compact: (partition: Partition) => Promise<void>, nowMs: () => number) {
    this.#compact = compact;
    this.#nowMs = nowMs;
  }

  /** So many records were appended to a partition of a compacted topic. */
  appended(partition: Partition, records: number): void {
    const { id, start, end } = partition;
    const fresh = (this.#fresh.get(id) ?? end - start) + records;
    this.#fresh.set(id, fresh);
    if (fresh < MIN_RECORDS || this.#running !== null || this.#nowMs() < (this.#notBefore.get(id) ?? 0)) return;
    this.#running = this.#run(partition).finally(() => (this.#running = null));
  }

  /** Resolves when nothing is being compacted. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(partition: Partition): Promise<void> {
    const began = this.#nowMs();
    this.#fresh.set(partition.id, 0);
    try {
      await this.#compact(partition);
    } catch {
      // The log is closed, or its disk fails, which appends tell. What was not compacted is next time.
    }
    const ended = this.#nowMs();
    this.#notBefore.set(partition.id, ended + (ended - began) / MAX_SHARE);
  }
}
