// Many commands, a few at once, and no more than so many a second.
import { setTimeout as delay } from "node:timers/promises";

export interface PacerOptions {
  readonly perSecond: number;
  readonly atOnce: number;
  readonly signal: AbortSignal;
}

export class Pacer {
  readonly #options: PacerOptions;
  readonly #begun = performance.now();
  #count = 0;

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /** Resolves when all are done. Rejects with the first that fails, or when the signal aborts: then no others are begun, and those under way are over. */
  async each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
    const { atOnce, signal } = this.#options;
    const failure = new AbortController();
    const left = items.values();
    const lane = async (): Promise<void> => {
      for (const item of left) {
        await this.#turn();
        signal.throwIfAborted();
        if (failure.signal.aborted) return;
        await work(item);
      }
    };
    const lanes = Array.from({ length: Math.min(atOnce, items.length) }, lane);
    for (const one of lanes) one.catch(() => failure.abort());
    await Promise.allSettled(lanes);
    await Promise.all(lanes);
  }

  async #turn(): Promise<void> {
    const { perSecond, signal } = this.#options;
    const waitMs = this.#begun + (this.#count++ / perSecond) * 1_000 - performance.now();
    if (waitMs > 1) await delay(waitMs, undefined, { signal });
  }
}
