// What is known of each queued run, in typed arrays, one place a row: its id is some 24 bytes, the rest 24. The score stands in the line.
import type { RunId } from "../../../core/ids.ts";
import { RunNumbers } from "../../packed/run-numbers.ts";
import { RowAsides } from "./line-asides.ts";
import type { QueuedRow } from "./rows.ts";

const FIRST = 64;

export class RowColumns {
  readonly asides = new RowAsides();
  /** Their numbers are the rows. */
  readonly #runs = new RunNumbers();
  #numbers = new Float64Array(FIRST);
  #lsns = new Float64Array(FIRST);
  #lines = new Uint32Array(FIRST);
  /** In the line's heap. */
  #places = new Uint32Array(FIRST);

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

  add(queued: QueuedRow, line: number): number {
    const row = this.#runs.add(queued.run);
    if (row >= this.capacity) this.#grow();
    this.#numbers[row] = queued.number;
    this.#lsns[row] = queued.lsn;
    this.#lines[row] = line;
    this.asides.add(row, this.capacity, queued);
    return row;
  }

  remove(row: number): void {
    this.#runs.remove(row);
    this.asides.remove(row);
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

  #grow(): void {
    const before = { numbers: this.#numbers, lsns: this.#lsns, lines: this.#lines, places: this.#places };
    const capacity = 2 * this.capacity;
    this.#numbers = new Float64Array(capacity);
    this.#numbers.set(before.numbers);
    this.#lsns = new Float64Array(capacity);
    this.#lsns.set(before.lsns);
    this.#lines = new Uint32Array(capacity);
    this.#lines.set(before.lines);
    this.#places = new Uint32Array(capacity);
    this.#places.set(before.places);
    this.asides.growTo(capacity);
  }
}
