// A clock for tests: it moves when it is told to, and calls back on the way.
import type { Clock } from "../core/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();
  readonly #housekeeping = new Set<() => void>();

  constructor(startMs: number) {
    this.#now = startMs;
  }

  monotonicMs(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  every(_periodMs: number, callback: () => void): () => void {
    this.#housekeeping.add(callback);
    return () => void this.#housekeeping.delete(callback);
  }

  /** Milliseconds since 1970 of the next timer, or null. */
  nextTimerAt(): number | null {
    let next: number | null = null;
    for (const { at } of this.#timers) if (next === null || at < next) next = at;
    return next;
  }

  /** Moves to a time, not backwards, and calls what is due by then, earliest first; housekeeping once, however long that was. */
  moveTo(timeMs: number): void {
    this.#now = Math.max(this.#now, timeMs);
    const due = [...this.#timers].filter(({ at }) => at <= this.#now).toSorted((a, b) => a.at - b.at);
    for (const timer of due) {
      if (this.#timers.delete(timer)) timer.callback();
    }
    for (const callback of this.#housekeeping) callback();
  }
}
