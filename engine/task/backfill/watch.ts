// How far backfills are, in all partitions, as the journals say: for people who may own none of them. Reads what a worker reads that opens the
// partitions, and then only what is new.
import type { Log } from "../../log/log.ts";
import { emptyState, type PartitionState } from "../../workflow/state.ts";
import type { AppTopics } from "../app-topics.ts";
import { restoreWithImage } from "../image/restore-with-image.ts";
import { restore } from "../restore.ts";
import { progressesOf, type BackfillProgress } from "./progress.ts";

export interface BackfillWatchOptions {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "journal" | "state">;
  readonly partitions: number;
  readonly signal?: AbortSignal;
}

export class BackfillWatch {
  readonly #options: BackfillWatchOptions;
  readonly #signal: AbortSignal;
  readonly #read: { readonly state: PartitionState; next: number }[] = [];

  constructor(options: BackfillWatchOptions) {
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
  }

  /** In the order in which they began. @throws JournalError where a journal cannot be folded; LogError */
  async look(): Promise<readonly BackfillProgress[]> {
    for (let partition = 0; partition < this.#options.partitions; partition++) await this.#readOn(partition);
    return progressesOf(this.#read.map(({ state }) => state.backfills));
  }

  async #readOn(partition: number): Promise<void> {
    const { log, topics, partitions } = this.#options;
    const known = this.#read[partition];
    const journal = { topic: topics.journal, partition };
    const image = { topic: topics.state, partition };
    const signal = this.#signal;
    if (known !== undefined) {
      known.next = (await restore({ log, journal, state: known.state, signal, from: known.next })).next;
      return;
    }
    const state = emptyState(partition, partitions);
    const { next } = await restoreWithImage({ log, journal, image, state, signal, onRejected: () => {}, onReady: () => {} });
    this.#read[partition] = { state, next };
  }
}
