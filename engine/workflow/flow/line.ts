// A line: a binary heap of rows, by score and then by number.
import { must } from "../../core/errors.ts";
import type { QueueGate } from "../records.ts";
import type { RowColumns } from "./line-columns.ts";
import type { Line, QueuedRow } from "./rows.ts";

const FIRST = 4;

/** What all rows of a line have in common. */
export type LineKind = Pick<QueuedRow, "functionId" | "gate" | "needs" | "share" | "weight">;

export class HeapLine implements Line {
  readonly functionId: string;
  readonly gate: QueueGate;
  readonly needs: readonly string[];
  readonly share: string;
  readonly weight: number;
  /** Two lines that are there at the same time share neither. */
  readonly number: number;
  readonly name: string;
  readonly #columns: RowColumns;
  #heap = new Uint32Array(FIRST);
  #size = 0;

  constructor(columns: RowColumns, number: number, name: string, { functionId, gate, needs, share, weight }: LineKind) {
    this.#columns = columns;
    this.number = number;
    this.name = name;
    this.functionId = functionId;
    this.gate = gate;
    this.needs = needs;
    this.share = share;
    this.weight = weight;
  }

  get size(): number {
    return this.#size;
  }

  get head(): QueuedRow | undefined {
    return this.#size === 0 ? undefined : this.rowAt(this.#at(0));
  }

  /** Goes down from the top, and sees no more of the heap than the rows it takes and those below them. */
  first(count: number): readonly QueuedRow[] {
    const rows: QueuedRow[] = [];
    /** Places in the heap; the next is last. */
    const edge: number[] = this.#size === 0 ? [] : [0];
    while (rows.length < count) {
      const place = edge.pop();
      if (place === undefined) break;
      rows.push(this.rowAt(this.#at(place)));
      for (const child of [2 * place + 1, 2 * place + 2]) if (child < this.#size) this.#insert(edge, child);
    }
    return rows;
  }

  /** In no order. Nothing may come or go meanwhile. */
  *values(): Iterable<QueuedRow> {
    for (let place = 0; place < this.#size; place++) yield this.rowAt(this.#at(place));
  }

  rowAt(row: number): QueuedRow {
    const { functionId, gate, needs, share, weight } = this;
    const columns = this.#columns;
    return {
      run: columns.runAt(row),
      functionId,
      gate,
      needs,
      share,
      weight,
      score: columns.scoreAt(row),
      number: columns.numberAt(row),
      startBy: columns.startByAt(row),
      lsn: columns.lsnAt(row),
      parent: columns.parentAt(row),
      singleton: columns.singletonAt(row),
    };
  }

  add(row: number): void {
    if (this.#size === this.#heap.length) this.#resize(2 * this.#size);
    this.#rise(row, this.#size++);
  }

  remove(row: number): void {
    const place = this.#columns.placeAt(row);
    const last = this.#at(--this.#size);
    if (last !== row) {
      this.#sink(last, place);
      this.#rise(last, this.#columns.placeAt(last));
    }
    if (this.#heap.length > FIRST && 4 * this.#size <= this.#heap.length) this.#resize(this.#heap.length / 2);
  }

  /** The row goes up from a place that is free. */
  #rise(row: number, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#columns.isBefore(row, this.#at(parent))) break;
      this.#put(this.#at(parent), place);
      place = parent;
    }
    this.#put(row, place);
  }

  /** The row goes down from a place that is free. */
  #sink(row: number, from: number): void {
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#columns.isBefore(this.#at(child + 1), this.#at(child))) child += 1;
      if (!this.#columns.isBefore(this.#at(child), row)) break;
      this.#put(this.#at(child), place);
      place = child;
    }
    this.#put(row, place);
  }

  #at(place: number): number {
    return this.#heap[place] ?? 0;
  }

  #put(row: number, place: number): void {
    this.#heap[place] = row;
    this.#columns.setPlace(row, place);
  }

  #resize(length: number): void {
    const heap = new Uint32Array(length);
    heap.set(this.#heap.subarray(0, this.#size));
    this.#heap = heap;
  }

  /** Into places that are ordered, the next last. */
  #insert(edge: number[], place: number): void {
    let [from, to] = [0, edge.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#columns.isBefore(this.#at(place), this.#at(must(edge[middle], "a place")))) from = middle + 1;
      else to = middle;
    }
    edge.splice(from, 0, place);
  }
}
