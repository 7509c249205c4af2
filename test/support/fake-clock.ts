// Time that passes when a test says so.
import type { Clock } from "../../engine/core/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** 2026-01-01, where tests begin. */
export const T0 = Date.UTC(2026, 0, 1);

/** `every`, for clocks whose timers fire once. */
export function again(clock: Pick<Clock, "setTimer">, periodMs: number, callback: () => void): () => void {
  let forget = (): void => {};
  const arm = (): void => {
    forget = clock.setTimer(periodMs, () => {
      arm();
      callback();
    });
  };
  arm();
  return () => forget();
}

export class FakeClock implements Clock {
  #monotonic = 0;
  #wallOffset: number;
  readonly #timers = new Set<Timer>();

  constructor(wall = T0) {
    this.#wallOffset = wall;
  }

  monotonicMs(): number {
    return this.#monotonic;
  }

  wallMs(): number {
    return this.#monotonic + this.#wallOffset;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#monotonic + Math.max(delayMs, 0), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  every(periodMs: number, callback: () => void): () => void {
    return again(this, periodMs, callback);
  }

  /** Time passes: timers fire in order, and after each the event loop turns a few times. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (let next = this.#next(); next !== null && next.at <= end; next = this.#next()) {
      this.#monotonic = Math.max(this.#monotonic, next.at);
      this.#timers.delete(next);
      next.callback();
      await turns(4);
    }
    this.#monotonic = Math.max(this.#monotonic, end);
    await turns(1);
  }

  /** Time passes for everybody else: no timer of this process fires, as in a frozen one. */
  skip(ms: number): void {
    this.#monotonic += ms;
  }

  /** The machine's clock is set; monotonic time goes on as it did. */
  setWall(wall: number): void {
    this.#wallOffset = wall - this.#monotonic;
  }

  #next(): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers) if (first === null || timer.at < first.at) first = timer;
    return first;
  }
}

/** Another machine's view of the same time: its wall clock is wrong by `offByMs`. */
export function skewed(clock: FakeClock, offByMs: number): Clock {
  return {
    monotonicMs: () => clock.monotonicMs() + 5_000,
    wallMs: () => clock.wallMs() + offByMs,
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
    every: (periodMs, callback) => clock.every(periodMs, callback),
  };
}

/** The event loop turns so often: what was ready has run. */
export async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
}

/** Turns the event loop until it is so. Bounded: what never comes is an error that says what was waited for. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, bound = 5_000): Promise<void> {
  for (let n = 0; n < bound; n++) {
    if (await isSo()) return;
    await turns(1);
  }
  throw new Error(`waited in vain until ${what}`);
}

/** Lets time go on until the promise is settled. */
export async function settling<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = (): void => void (isSettled = true);
  promise.then(settled, settled);
  for (let n = 0; n < 500 && !isSettled; n++) {
    await turns(5);
    await clock.advance(50);
  }
  if (!isSettled) throw new Error("25 seconds passed in vain");
  return promise;
}
