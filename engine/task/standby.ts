// Folds the journal of a partition that another worker owns, so that whoever takes over need not read it first. It decides nothing, writes
// nothing and proves nothing: an owner that begins with it claims as any other does (R3).
import type { Log, PartitionReader, TopicPartition } from "../log/log.ts";
import { emptyState, type PartitionState } from "../workflow/state.ts";
import type { FoldedAhead } from "./bring-up.ts";
import { foldEntry } from "./fold.ts";
import { restoreWithImage } from "./image/restore-with-image.ts";

export interface StandbyOptions {
  readonly log: Log;
  readonly journal: TopicPartition;
  readonly image: TopicPartition;
  /** How many the app has. */
  readonly partitions: number;
  /** All that there was is folded; from now on it follows. */
  readonly onCaughtUp: (next: number) => void;
  /** It cannot go on: whoever takes over reads the journal, and is told why. */
  readonly onFailed: (error: unknown) => void;
}

export class Standby {
  readonly #options: StandbyOptions;
  readonly #state: PartitionState;
  readonly #abort = new AbortController();
  readonly #restored: Promise<boolean>;
  #reader: PartitionReader | null = null;
  #next = 0;
  /** It was folded up to its end once, and is followed from there. */
  isReady = false;
  #isOver = false;

  constructor(options: StandbyOptions) {
    const { journal, partitions } = options;
    this.#options = options;
    this.#state = emptyState(journal.partition, partitions);
    this.#restored = this.#restore();
    void this.#restored.then(() => this.#follow());
  }

  /** Ends, and gives what was folded; null where that came to nothing. What is being restored is restored first: nobody would be faster. */
  async take(): Promise<FoldedAhead | null> {
    this.#end();
    return (await this.#restored) ? { state: this.#state, next: this.#next } : null;
  }

  close(): void {
    this.#end();
    this.#abort.abort();
  }

  async #restore(): Promise<boolean> {
    const { log, journal, image } = this.#options;
    const { signal } = this.#abort;
    try {
      // An image that is no good is for its owner to tell of.
      const quiet = { onRejected: () => {}, onReady: () => {} };
      this.#next = (await restoreWithImage({ log, journal, image, state: this.#state, signal, ...quiet })).next;
      this.isReady = true;
      this.#options.onCaughtUp(this.#next);
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  async #follow(): Promise<void> {
    if (this.#isOver) return;
    const { log, journal } = this.#options;
    const reader = log.openReader({ ...journal, from: this.#next });
    this.#reader = reader;
    try {
      for (;;) {
        const batch = await reader.next();
        // It may have been taken while the batch was on its way.
        if (this.#isOver) return;
        for (const { offset, value } of batch.records) {
          foldEntry(this.#state, offset, value);
          this.#next = offset + 1;
        }
        this.#next = batch.nextOffset;
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      reader.close();
    }
  }

  #failed(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onFailed(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#reader?.close();
  }
}
