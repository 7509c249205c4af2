// Wakes the task when the first of its timers comes due by the log's clock. Where that clock is set right meanwhile, the task's tick sees it.
import type { Clock } from "../core/clock.ts";
import type { PartitionState } from "../workflow/state.ts";
import { countTimers, timersOf } from "../workflow/timer/due.ts";
import type { LogClock } from "./log-clock.ts";

/** Of so many entries, beside those that hold, half may hold no more; then the heap is cleared of them. */
const CLEAR_AFTER = 10_000;

export class Timers {
  readonly #state: PartitionState;
  readonly #clock: Clock;
  readonly #logClock: LogClock;
  readonly #due: () => void;
  #armedFor = Number.POSITIVE_INFINITY;
  #forget: (() => void) | null = null;
  #clearAt = CLEAR_AFTER;

  constructor(state: PartitionState, clock: Clock, logClock: LogClock, due: () => void) {
    this.#state = state;
    this.#clock = clock;
    this.#logClock = logClock;
    this.#due = due;
  }

  arm(): void {
    const { timers } = this.#state;
    if (timers.size > this.#clearAt) this.#clear();
    const next = timers.nextAt();
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

  /** Runs that ended leave their sleeps behind: a race with a sleep of thirty days would for thirty days. Going through all takes its time. */
  #clear(): void {
    const { timers } = this.#state;
    this.#clearAt = 2 * countTimers(this.#state) + CLEAR_AFTER;
    if (timers.size > this.#clearAt) timers.reset(timersOf(this.#state));
  }
}
