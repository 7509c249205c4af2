// Runs that wait for something, in the order in which they came, and how many of each function.
import type { RunId } from "../core/ids.ts";
import { FunctionCounts } from "../execution/function-counts.ts";

export class WaitingRuns {
  readonly #functions = new Map<RunId, string>();
  readonly #counts = new FunctionCounts();

  get size(): number {
    return this.#functions.size;
  }

  has(run: RunId): boolean {
    return this.#functions.has(run);
  }

  countOf(functionId: string): number {
    return this.#counts.of(functionId);
  }

  add(run: RunId, functionId: string): void {
    if (this.#functions.has(run)) return;
    this.#functions.set(run, functionId);
    this.#counts.add(functionId);
  }

  delete(run: RunId): void {
    const functionId = this.#functions.get(run);
    if (functionId === undefined) return;
    this.#functions.delete(run);
    this.#counts.remove(functionId);
  }

  /** What is taken out meanwhile is passed over. */
  [Symbol.iterator](): Iterator<RunId> {
    return this.#functions.keys();
  }

  clear(): void {
    for (const run of this) this.delete(run);
  }
}
