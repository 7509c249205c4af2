// A binary heap of what wants to be looked at, by time. Entries are never removed early: whoever takes one asks the state if it still holds.
import type { RunId, StepKey } from "../../core/ids.ts";

/** What wants to be looked at, and when (milliseconds since 1970). */
export type Timer =
  /** To wake, to retry, or to give up waiting for its child. */
  | { readonly kind: "step"; readonly at: number; readonly run: RunId; readonly step: StepKey }
  /** To be called again, or late. */
  | { readonly kind: "run"; readonly at: number; readonly run: RunId }
  /** A wait that is decided here and has a deadline. */
  | { readonly kind: "wait"; readonly at: number; readonly run: RunId; readonly step: StepKey }
  | { readonly kind: "cron"; readonly at: number; readonly functionId: string; readonly cron: string };

export class TimerHeap {
  readonly #entries: Timer[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The time of the next entry, or null. */
  nextAt(): number | null {
    return this.#entries[0]?.at ?? null;
  }

  push(timer: Timer): void {
    const entries = this.#entries;
    let index = entries.length;
    entries.push(timer);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || above.at <= timer.at) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = timer;
  }

  /** Begins anew with these. */
  reset(timers: Iterable<Timer>): void {
    this.#entries.length = 0;
    for (const timer of timers) this.push(timer);
  }

  /** Takes the next entry that is due at `now`, or nothing. */
  takeDue(now: number): Timer | null {
    const entries = this.#entries;
    const first = entries[0];
    if (first === undefined || first.at > now) return null;
    const last = entries.pop();
    if (last !== undefined && entries.length > 0) this.#sinkFromTop(last);
    return first;
  }

  #sinkFromTop(timer: Timer): void {
    const entries = this.#entries;
    const length = entries.length;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= length) break;
      const right = left + 1;
      const leftEntry = entries[left];
      const rightEntry = right < length ? entries[right] : undefined;
      if (leftEntry === undefined) break;
      const useRight = rightEntry !== undefined && rightEntry.at < leftEntry.at;
      const child = useRight ? rightEntry : leftEntry;
      if (child.at >= timer.at) break;
      entries[index] = child;
      index = useRight ? right : left;
    }
    entries[index] = timer;
  }
}
