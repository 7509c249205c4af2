// What is known of each queued run, in typed arrays, one place a row: its id is some 24 bytes, the rest 24. What few rows have stands aside; the
// score stands in the line.
import type { RunId } from "../../core/ids.ts";
import { RunNumbers } from "../packed/run-numbers.ts";
import type { RunParent } from "../records.ts";
import type { QueuedRow } from "./rows.ts";

const FIRST = 64;

export class RowColumns {
  /** Their numbers are the rows. */
  readonly #runs = new RunNumbers();
  #numbers = new Float64Array(FIRST);
  #lsns = new Float64Array(FIRST);
  #lines = new Uint32Array(FIRST);
  /** In the line's heap. */
  #places = new Uint32Array(FIRST);
  /** Not a number for none; null as long as no row has one. */
  #startBys: Float64Array<ArrayBuffer> | null = null;
  readonly #parents = new Map<number, RunParent>();
  readonly #singletons = new Map<number, string>();

  get size(): number {
    return this.#runs.size;
  }

  /** How many rows there is room for. */
  get capacity(): number {
    return this.#numbers.length;
  }

  /** -1 where the run has no row. */
  find(run: RunId): number {
    return this.#runs.find(run);
  }

  add({ run, number, lsn, startBy, parent, singleton }: QueuedRow, line: number): number {
    const row = this.#runs.add(run);
    if (row >= this.#numbers.length) this.#grow();
    this.#numbers[row] = number;
    this.#lsns[row] = lsn;
    this.#lines[row] = line;
    if (startBy !== null) this.#startBys ??= new Float64Array(this.capacity).fill(NaN);
    if (this.#startBys !== null) this.#startBys[row] = startBy ?? NaN;
    if (parent !== null) this.#parents.set(row, parent);
    if (singleton !== null) this.#singletons.set(row, singleton);
    return row;
  }

  remove(row: number): void {
    this.#runs.remove(row);
    if (this.#startBys !== null) this.#startBys[row] = NaN;
    this.#parents.delete(row);
    this.#singletons.delete(row);
  }

  runAt(row: number): RunId {
    return this.#runs.idOf(row);
  }

  numberAt(row: number): number {
    return this.#numbers[row] ?? 0;
  }

  lsnAt(row: number): number {
    return this.#lsns[row] ?? 0;
  }

  lineAt(row: number): number {
    return this.#lines[row] ?? 0;
  }

  placeAt(row: number): number {
    return this.#places[row] ?? 0;
  }

  setPlace(row: number, place: number): void {
    this.#places[row] = place;
  }

  startByAt(row: number): number | null {
    const startBy = this.#startBys?.[row] ?? NaN;
    return Number.isNaN(startBy) ? null : startBy;
  }

  parentAt(row: number): RunParent | null {
    return this.#parents.get(row) ?? null;
  }

  /** Nothing may come or go meanwhile. */
  *rowsToStartBy(): Iterable<number> {
    for (const [row, startBy] of this.#startBys?.entries() ?? []) if (!Number.isNaN(startBy)) yield row;
  }

  singletonAt(row: number): string | null {
    return this.#singletons.get(row) ?? null;
  }

  #grow(): void {
    this.#numbers = grown(this.#numbers);
    this.#lsns = grown(this.#lsns);
    this.#lines = grownWords(this.#lines);
    this.#places = grownWords(this.#places);
    if (this.#startBys === null) return;
    const { length } = this.#startBys;
    this.#startBys = grown(this.#startBys).fill(NaN, length);
  }
}

function grown(before: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const after = new Float64Array(2 * before.length);
  after.set(before);
  return after;
}

function grownWords(before: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const after = new Uint32Array(2 * before.length);
  after.set(before);
  return after;
}
