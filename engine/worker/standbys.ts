// Partitions of others that this worker folds ahead of time, since they would come to it if their owner went.
import { JournalError } from "../journal/errors.ts";
import { nextInLine } from "../log/next-in-line.ts";
import type { Log, Suitability } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { AppTopics } from "../task/app-topics.ts";
import type { FoldedAhead } from "../task/bring-up.ts";
import type { Colleagues } from "./colleagues.ts";
import { Standby } from "../task/standby.ts";

export interface StandbysOptions {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
  readonly logger: Logger;
  readonly colleagues: Colleagues;
  /** As those who share partitions out ask it. */
  readonly suits: (metadata: Buffer) => Suitability;
}

/** Groups change for moments, as when workers are rolled; what was folded is let go of when it was not wanted so often in a row. */
const MAX_UNWANTED = 5;

export class Standbys {
  readonly #options: StandbysOptions;
  readonly #standbys = new Map<number, { readonly standby: Standby; unwanted: number }>();
  #isClosed = false;

  constructor(options: StandbysOptions) {
    this.#options = options;
  }

  /** Called again and again: groups change. */
  async review(memberId: string, isOwn: (partition: number) => boolean): Promise<void> {
    const { colleagues, partitions, suits } = this.#options;
    try {
      const members = await colleagues.members();
      const claimants = members.map(({ memberId: id, metadata, assigned: owned }) => ({ memberId: id, owned, suits: suits(metadata) }));
      const wanted = nextInLine(partitions, claimants, memberId).filter((partition) => !isOwn(partition));
      if (!this.#isClosed) this.#want(wanted);
    } catch {
      // It is asked again soon.
    }
  }

  #want(partitions: readonly number[]): void {
    for (const partition of partitions) if (!this.#standbys.has(partition)) this.#begin(partition);
    for (const [partition, entry] of this.#standbys) {
      entry.unwanted = partitions.includes(partition) ? 0 : entry.unwanted + 1;
      if (entry.unwanted < MAX_UNWANTED) continue;
      entry.standby.close();
      this.#standbys.delete(partition);
    }
  }

  /** How many are being read for the first time, and how many follow their journals. */
  get counts(): { readonly reading: number; readonly ready: number } {
    const all = [...this.#standbys.values()];
    const ready = all.filter(({ standby }) => standby.isReady).length;
    return { reading: all.length - ready, ready };
  }

  /** The partition is this worker's now. */
  async take(partition: number): Promise<FoldedAhead | null> {
    const taken = this.#standbys.get(partition);
    this.#standbys.delete(partition);
    return (await taken?.standby.take()) ?? null;
  }

  close(): void {
    this.#isClosed = true;
    for (const { standby } of this.#standbys.values()) standby.close();
    this.#standbys.clear();
  }

  #begin(partition: number): void {
    const { log, topics, partitions, logger } = this.#options;
    const standby: Standby = new Standby({
      log,
      journal: { topic: topics.journal, partition },
      image: { topic: topics.state, partition },
      partitions,
      onCaughtUp: (offset) => logger.info({ partition, offset }, "standing by for a partition of another worker"),
      onFailed: (error) => {
        logger.warn({ err: error, partition }, "a partition cannot be folded ahead of time");
        // What a journal says does not change by reading it again: whoever owns the partition stops, and says so.
        if (error instanceof JournalError) return;
        if (this.#standbys.get(partition)?.standby === standby) this.#standbys.delete(partition);
      },
    });
    this.#standbys.set(partition, { standby, unwanted: 0 });
  }
}
