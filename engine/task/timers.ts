// Wakes the task when the first of its timers comes due by the log's clock. Where that clock is set right meanwhile, the task's tick sees it.
import type { Clock } from "../core/clock.ts";
import type { TimerHeap } from "../workflow/timer/timer-heap.ts";
import type { LogClock } from "./log-clock.ts";

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
    this.#forget = this.#clock.setTimer(Math.max(next - this.#logClock.now(), 0), () => {
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
