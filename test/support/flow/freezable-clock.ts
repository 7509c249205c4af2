// The clock of a process that may stand still, or end: what was to happen meanwhile happens when it goes on, or never.
import type { Clock } from "../../../engine/core/clock.ts";
import { again, type FakeClock } from "../fake-clock.ts";

export class FreezableClock implements Clock {
  readonly #clock: FakeClock;
  readonly #timers = new Set<() => void>();
  #late: (() => void)[] | null = null;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const cancel = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(forget);
      if (this.#late === null) callback();
      else this.#late.push(callback);
    });
    const forget = (): void => {
      cancel();
      this.#timers.delete(forget);
      this.#late = this.#late?.filter((one) => one !== callback) ?? null;
    };
    this.#timers.add(forget);
    return forget;
  }

  every(periodMs: number, callback: () => void): () => void {
    return again(this, periodMs, callback);
  }

  freeze(): void {
    this.#late ??= [];
  }

  thaw(): void {
    const late = this.#late ?? [];
    this.#late = null;
    for (const callback of late) callback();
  }

  stop(): void {
    for (const forget of this.#timers) forget();
    this.#late = this.#late === null ? null : [];
  }
}
