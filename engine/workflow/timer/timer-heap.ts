// A binary heap of what wants to be looked at, by time. Entries are never removed early: whoever takes one asks the state if it still holds.
import type { RunId, StepKey } from "../../core/ids.ts";
import { TimerRows } from "./timer-rows.ts";

/** What wants to be looked at, and when (milliseconds since 1970). */
export type Timer =
  /** To wake, to retry, or to give up waiting for its child. */
  | { readonly kind: "step"; readonly at: number; readonly run: RunId; readonly step: StepKey }
  /** To be called again, or late. */
  | { readonly kind: "run"; readonly at: number; readonly run: RunId }
  /** A wait that is decided here and has a deadline. */
  | { readonly kind: "wait"; readonly at: number; readonly run: RunId; readonly step: StepKey }
  /** Of what waits for its time in the flow of runs: events that are held, limits that open. */
  | { readonly kind: "flow"; readonly at: number; readonly key: string }
  | { readonly kind: "cron"; readonly at: number; readonly functionId: string; readonly cron: string };

export class TimerHeap {
  readonly #rows = new TimerRows();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The time of the next entry, or null. */
  nextAt(): number | null {
    return this.#size === 0 ? null : this.#rows.at(0);
  }

  push(timer: Timer): void {
    const rows = this.#rows;
    let index = this.#size++;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (rows.at(parent) <= timer.at) break;
      rows.move(parent, index);
      index = parent;
    }
    rows.write(index, timer);
  }

  /** Begins anew with these. */
  reset(timers: Iterable<Timer>): void {
    this.#rows.clear();
    this.#size = 0;
    for (const timer of timers) this.push(timer);
  }

  /** Takes the next entry that is due at `now`, or nothing. */
  takeDue(now: number): Timer | null {
    if (this.#size === 0 || this.#rows.at(0) > now) return null;
    const first = this.#rows.take(0);
    this.#size -= 1;
    if (this.#size > 0) this.#sinkFromTop();
    return first;
  }

  /** The last entry, which lies behind the end now, takes the place at the top and goes down to where it belongs. */
  #sinkFromTop(): void {
    const rows = this.#rows;
    const last = this.#size;
    const at = rows.at(last);
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && rows.at(child + 1) < rows.at(child)) child += 1;
      if (rows.at(child) >= at) break;
      rows.move(child, index);
      index = child;
    }
    rows.move(last, index);
  }
}
