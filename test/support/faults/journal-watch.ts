// Reads all journals of an app: once to their end, or as they grow.
import { LogError } from "../../../engine/log/errors.ts";
import type { Log } from "../../../engine/log/log.ts";
import { PartitionHistory, type RecordedRun } from "./history.ts";

/** The journals as they stand. */
export async function readJournals(log: Log, topic: string, partitions: number): Promise<readonly PartitionHistory[]> {
  return Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const history = new PartitionHistory(partition);
      const reader = log.openReader({ topic, partition, from: 0, mode: "bulk" });
      try {
        for (;;) {
          const batch = await reader.next();
          for (const record of batch.records) history.add(record);
          if (batch.nextOffset >= batch.highWatermark) return history;
        }
      } finally {
        reader.close();
      }
    }),
  );
}

export class JournalWatch implements AsyncDisposable {
  readonly histories: readonly PartitionHistory[];
  readonly #abort = new AbortController();
  readonly #reading: Promise<unknown>;
  #failure: unknown = null;

  constructor(log: Log, topic: string, partitions: number) {
    this.histories = Array.from({ length: partitions }, (_, partition) => new PartitionHistory(partition));
    this.#reading = Promise.all(this.histories.map((history) => this.#read(log, topic, history))).catch((error: unknown) => {
      if (!this.#abort.signal.aborted) this.#failure = error;
    });
  }

  /** All runs, by id. @throws what was wrong in a journal */
  get runs(): ReadonlyMap<string, RecordedRun> {
    this.#check();
    return new Map(this.histories.flatMap(({ runs }) => [...runs]));
  }

  get openRuns(): number {
    this.#check();
    return this.histories.reduce((sum, { openRuns }) => sum + openRuns, 0);
  }

  /** Ids of events that started runs. */
  get startedEvents(): ReadonlySet<string> {
    return new Set([...this.runs.values()].map(({ eventId }) => eventId));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#reading;
  }

  #check(): void {
    if (this.#failure !== null) throw new Error("the journals are not as they should be", { cause: this.#failure });
  }

  async #read(log: Log, topic: string, history: PartitionHistory): Promise<void> {
    const reader = log.openReader({ topic, partition: history.partition, from: 0 });
    this.#abort.signal.addEventListener("abort", () => reader.close());
    try {
      while (!this.#abort.signal.aborted) {
        for (const record of (await reader.next()).records) {
          history.add(record);
          if (history.unreadableFrom !== null) return;
        }
      }
    } catch (error) {
      if (!(error instanceof LogError && error.code === "LOG_CLOSED" && this.#abort.signal.aborted)) throw error;
    }
  }
}
