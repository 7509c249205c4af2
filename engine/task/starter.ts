// Starts runs. New ones at once; those of a restored partition a few at a time, so that a restart is no stampede.
import type { Clock } from "../core/clock.ts";
import type { RunId } from "../core/ids.ts";

/** So many resumed runs may be under way before one of them got somewhere … */
const MAX_RESUMING = 64;
/** … or this long passed since it began. */
const RESUME_TURN_MS = 1_000;

export class Starter {
  readonly #clock: Clock;
  readonly #start: (run: RunId) => void;
  readonly #waiting = new Set<RunId>();
  readonly #resuming = new Map<RunId, () => void>();

  constructor(clock: Clock, start: (run: RunId) => void) {
    this.#clock = clock;
    this.#start = start;
  }

  /** Runs that wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** A run that this owner did not start itself. */
  resume(run: RunId): void {
    this.#waiting.add(run);
    this.#next();
  }

  /** The run recorded something, rests or ended: its turn is over. */
  progressed(run: RunId): void {
    const forget = this.#resuming.get(run);
    if (forget === undefined) return;
    forget();
    this.#resuming.delete(run);
    this.#next();
  }

  close(): void {
    for (const forget of this.#resuming.values()) forget();
    this.#resuming.clear();
    this.#waiting.clear();
  }

  #next(): void {
    for (const run of this.#waiting) {
      if (this.#resuming.size >= MAX_RESUMING) return;
      this.#waiting.delete(run);
      this.#resuming.set(
        run,
        this.#clock.setTimer(RESUME_TURN_MS, () => this.progressed(run)),
      );
      this.#start(run);
    }
  }
}
