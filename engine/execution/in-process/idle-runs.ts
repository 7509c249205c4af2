// Handlers that wait for what may come any moment, or comes soon. They are kept for a while, so that a child that takes a second does not cost
// calling its parent from the beginning; then, and where there are many, they are let go of, the longest idle first (R16). They count for
// nothing else: what they wait for may stand behind what they would hold up.
import { FunctionCounts } from "../function-counts.ts";
import type { Deadlined, Deadlines } from "./deadlines.ts";

/** A handler that waits longer than this is let go of. */
export const REST_MS = 10_000;
const MAX_IDLE = 1_000;

interface Idle {
  readonly functionId: string;
  rest(): void;
}

export class IdleRuns {
  readonly #deadlines: Deadlines;
  readonly #maxIdle: number;
  readonly #onIdle: () => void;
  /** The longest idle first. */
  readonly #idle = new Map<Idle, Deadlined>();
  readonly #counts = new FunctionCounts();

  constructor(deadlines: Deadlines, maxIdle = MAX_IDLE, onIdle: () => void = () => {}) {
    this.#deadlines = deadlines;
    this.#maxIdle = maxIdle;
    this.#onIdle = onIdle;
  }

  get size(): number {
    return this.#idle.size;
  }

  countOf(functionId: string): number {
    return this.#counts.of(functionId);
  }

  /** It waits from now on; where it does already, its time goes on. */
  add(run: Idle): void {
    if (this.#idle.has(run)) return;
    const entry: Deadlined = { deadline: null, timedOut: () => this.#letGo(run) };
    this.#idle.set(run, entry);
    this.#counts.add(run.functionId);
    this.#deadlines.add(entry, REST_MS);
    const [longest] = this.#idle.keys();
    if (this.#idle.size > this.#maxIdle && longest !== undefined) this.#letGo(longest);
    this.#onIdle();
  }

  /** It does something, or is over. */
  remove(run: Idle): void {
    if (this.#idle.size === 0) return;
    const entry = this.#idle.get(run);
    if (entry === undefined) return;
    this.#idle.delete(run);
    this.#counts.remove(run.functionId);
    this.#deadlines.remove(entry);
  }

  #letGo(run: Idle): void {
    this.remove(run);
    run.rest();
  }
}
