// What few queued runs have: an array is made only once a row has something to put there.
import type { RunParent } from "../../records.ts";
import type { QueuedRow } from "./rows.ts";

const NO_CANCELS: readonly number[] = [];

export class RowAsides {
  /** Not a number for none. */
  #startBys: Float64Array<ArrayBuffer> | null = null;
  /** Which of the lists below; 0 for an empty one. */
  #cancels: Uint32Array<ArrayBuffer> | null = null;
  /** Partitions are few, so lists of them are the same for many rows. */
  readonly #lists: (readonly number[])[] = [NO_CANCELS];
  readonly #listNumbers = new Map<string, number>();
  readonly #parents = new Map<number, RunParent>();
  readonly #singletons = new Map<number, string>();

  /** `capacity`: rows that there may be. */
  add(row: number, capacity: number, { startBy, cancels, parent, singleton }: QueuedRow): void {
    if (startBy !== null) (this.#startBys ??= new Float64Array(capacity).fill(NaN))[row] = startBy;
    if (cancels.length > 0) (this.#cancels ??= new Uint32Array(capacity))[row] = this.#numberOf(cancels);
    if (parent !== null) this.#parents.set(row, parent);
    if (singleton !== null) this.#singletons.set(row, singleton);
  }

  remove(row: number): void {
    if (this.#startBys !== null) this.#startBys[row] = NaN;
    if (this.#cancels !== null) this.#cancels[row] = 0;
    this.#parents.delete(row);
    this.#singletons.delete(row);
  }

  startByAt(row: number): number | null {
    const startBy = this.#startBys?.[row] ?? NaN;
    return Number.isNaN(startBy) ? null : startBy;
  }

  cancelsAt(row: number): readonly number[] {
    return this.#lists[this.#cancels?.[row] ?? 0] ?? NO_CANCELS;
  }

  parentAt(row: number): RunParent | null {
    return this.#parents.get(row) ?? null;
  }

  singletonAt(row: number): string | null {
    return this.#singletons.get(row) ?? null;
  }

  /** Nothing may come or go meanwhile. */
  *rowsToStartBy(): Iterable<number> {
    for (const [row, startBy] of this.#startBys?.entries() ?? []) if (!Number.isNaN(startBy)) yield row;
  }

  growTo(capacity: number): void {
    if (this.#startBys !== null) {
      const before = this.#startBys;
      this.#startBys = new Float64Array(capacity).fill(NaN, before.length);
      this.#startBys.set(before);
    }
    if (this.#cancels !== null) {
      const before = this.#cancels;
      this.#cancels = new Uint32Array(capacity);
      this.#cancels.set(before);
    }
  }

  #numberOf(cancels: readonly number[]): number {
    const name = cancels.join(" ");
    let number = this.#listNumbers.get(name);
    if (number === undefined) {
      number = this.#lists.push(cancels) - 1;
      this.#listNumbers.set(name, number);
    }
    return number;
  }
}
