// Compacts partitions of compacted topics in the background, as Kafka's cleaner does. Without it they would grow with all that was ever replaced.
import type { Partition } from "./partition.ts";

/** Fewer new records are not worth it. */
const MIN_RECORDS = 10_000;
/** After which what is to be forgotten is. Together with what else came meanwhile. */
const SOON_MS = 5_000;
/** It may take this part of the time, at most. */
const MAX_SHARE = 0.01;

export class Cleaner {
  readonly #compact: (partition: Partition) => Promise<void>;
  readonly #nowMs: () => number;
  /** Records that came since the last time, by partition. What stood there when the log was opened may never have been compacted. */
  readonly #fresh = new Map<number, number>();
  readonly #notBefore = new Map<number, number>();
  /** Partitions of topics that forget, which something was appended to. */
  readonly #forgetting = new Map<Partition, NodeJS.Timeout>();
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

  /** Something was, or may have been, appended to a partition of a topic that forgets. */
  forgets(partition: Partition): void {
    if (this.#forgetting.has(partition)) return;
    const waitMs = Math.max(SOON_MS, (this.#notBefore.get(partition.id) ?? 0) - this.#nowMs());
    this.#forgetting.set(partition, setTimeout(() => void this.#forget(partition), waitMs).unref());
  }

  async #forget(partition: Partition): Promise<void> {
    while (this.#running !== null) await this.#running;
    if (!this.#forgetting.delete(partition)) return;
    this.#running = this.#run(partition).finally(() => (this.#running = null));
  }

  /** No more of it by itself. Returns the partitions that have something to forget: the caller's to compact, when nothing else is being compacted. */
  end(): readonly Partition[] {
    for (const timer of this.#forgetting.values()) clearTimeout(timer);
    const left = [...this.#forgetting.keys()];
    this.#forgetting.clear();
    return left;
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
