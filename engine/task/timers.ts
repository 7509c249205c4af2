// Wakes the task when the first of its timers comes due by the log's clock.
import type { Clock } from "../core/clock.ts";
import type { TimerHeap } from "../workflow/timer/timer-heap.ts";
import type { LogClock } from "./log-clock.ts";

/** However far away the next timer is, the clock is looked at again after this: the log's time may have been learned anew. */
const MAX_WAIT_MS = 60_000;

export class Timers {
  readonly #clock: Clock;
  readonly #logClock: LogClock;
  readonly #due: () => void;
  #armedFor = Number.POSITIVE_INFINITY;
  #forget: (() => void) | null = null;

  constructor(clock: Clock, logClock: LogClock, due: () => void) {
    this.#clock = clock;
    this.#logClock = logClock;
    this.#due = due;
  }

  arm(heap: TimerHeap): void {
    const next = heap.nextAt();
    if (next === null || next >= this.#armedFor) return;
    this.#forget?.();
    this.#armedFor = next;
    const wait = Math.min(Math.max(next - this.#logClock.now(), 0), MAX_WAIT_MS);
    this.#forget = this.#clock.setTimer(wait, () => {
      this.#armedFor = Number.POSITIVE_INFINITY;
      this.#forget = null;
      this.#due();
    });
  }

  stop(): void {
    this.#forget?.();
    this.#armedFor = Number.NEGATIVE_INFINITY;
  }
}
