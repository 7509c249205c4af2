// What goes on is told when it is seen, and again only after a while.
import type { Clock } from "../core/clock.ts";

const AGAIN_MS = 15 * 60_000;

export class Reminders {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** By what was told: when. */
  readonly #told = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** It is over: should it come again, that is news. */
  forget(what: string): void {
    this.#told.delete(what);
  }

  /** Whoever is told yes tells it. */
  isDue(what: string): boolean {
    const now = this.#clock.monotonicMs();
    const told = this.#told.get(what);
    if (told !== undefined && now - told < AGAIN_MS) return false;
    this.#told.set(what, now);
    return true;
  }
}
