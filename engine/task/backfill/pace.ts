// So many events a second, and no more.
import type { Clock } from "../../core/clock.ts";

/** Whoever was held up for a while makes up for so much of it at once. */
const BURST_MS = 100;
/** Who waits for longer looks whether it still has to. */
const LOOK_MS = 1_000;

export class Pace {
  readonly #clock: Clock;
  readonly #periodMs: number;
  #nextAt: number;

  /** `rate`: events a second, 0 for no bound. */
  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#periodMs = rate > 0 ? 1_000 / rate : 0;
    this.#nextAt = clock.monotonicMs();
  }

  get isDue(): boolean {
    return this.#clock.monotonicMs() >= this.#nextAt;
  }

  /** One began. */
  take(): void {
    this.#nextAt = Math.max(this.#nextAt, this.#clock.monotonicMs() - BURST_MS) + this.#periodMs;
  }

  /** Resolves when the next is due, or after a second, or when the signal aborts. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        forget();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const forget = this.#clock.setTimer(Math.min(Math.max(this.#nextAt - this.#clock.monotonicMs(), 1), LOOK_MS), done);
      signal.addEventListener("abort", done);
    });
  }
}
