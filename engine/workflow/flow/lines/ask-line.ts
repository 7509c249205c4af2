// Steps that ask for slots of the same limits, in the order in which they asked: the next is asked for all of them, as in a line of runs.
import type { RunId } from "../../../core/ids.ts";
import { pop, push } from "./heap.ts";

export interface Asking {
  readonly run: RunId;
  /** Of the first step of the run that asks. */
  readonly number: number;
}

export class AskLine {
  readonly needs: readonly string[];
  readonly #heap: Asking[] = [];
  /** By run, its first number: other entries of the heap are stale. */
  readonly #numbers = new Map<RunId, number>();
  /** How many steps ask: runs may ask for several. */
  size = 0;

  constructor(needs: readonly string[]) {
    this.needs = needs;
  }

  /** Who asked first. */
  get head(): Asking | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#numbers.get(top.run) === top.number) return top;
      pop(this.#heap, isBefore);
    }
    return undefined;
  }

  /** Asks for one more, `number` if it is its first. */
  add(run: RunId, number: number, count: number): void {
    this.size += count;
    if (!this.#numbers.has(run)) this.#put(run, number);
  }

  /** So many of the run's asks are over; `next` is the number of the first that is left. */
  remove(run: RunId, count: number, next: number | null): void {
    this.size -= count;
    this.#numbers.delete(run);
    if (next !== null) this.#put(run, next);
  }

  #put(run: RunId, number: number): void {
    this.#numbers.set(run, number);
    push(this.#heap, { run, number }, isBefore);
  }
}

function isBefore(a: Asking, b: Asking): boolean {
  return a.number < b.number;
}
