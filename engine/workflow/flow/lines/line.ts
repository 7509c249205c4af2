// A line: a binary heap of rows, by score and then by number. Scores stand in the heap itself, since comparing is what it does most.
import { must } from "../../../core/errors.ts";
import type { QueueGate } from "../../records.ts";
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
  /** Of the rows in the heap. */
  #scores = new Float64Array(FIRST);
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

  /** Of a line with rows: the number of the oldest frame that has events of one. */
  leastLsn(): number {
    let least = Number.POSITIVE_INFINITY;
    for (let place = 0; place < this.#size; place++) least = Math.min(least, this.#columns.lsnAt(this.#at(place)));
    return least;
  }

  rowAt(row: number): QueuedRow {
    const { functionId, gate, needs, share, weight } = this;
    const columns = this.#columns;
    const { asides } = columns;
    return {
      run: columns.runAt(row),
      functionId,
      gate,
      needs,
      share,
      weight,
      score: this.#scoreAt(columns.placeAt(row)),
      number: columns.numberAt(row),
      startBy: asides.startByAt(row),
      lsn: columns.lsnAt(row),
      parent: asides.parentAt(row),
      singleton: asides.singletonAt(row),
      cancels: asides.cancelsAt(row),
    };
  }

  add(row: number, score: number): void {
    if (this.#size === this.#heap.length) this.#resize(2 * this.#size);
    this.#rise(row, score, this.#size++);
  }

  remove(row: number): void {
    const place = this.#columns.placeAt(row);
    const end = --this.#size;
    if (place !== end) {
      const [last, score] = [this.#at(end), this.#scoreAt(end)];
      const isAbove = place > 0 && this.#isBefore(last, score, (place - 1) >> 1);
      if (isAbove) this.#rise(last, score, place);
      else this.#sink(last, score, place);
    }
    if (this.#heap.length > FIRST && 4 * this.#size <= this.#heap.length) this.#resize(this.#heap.length / 2);
  }

  /** The row goes up from a place that is free. */
  #rise(row: number, score: number, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(row, score, parent)) break;
      this.#put(this.#at(parent), this.#scoreAt(parent), place);
      place = parent;
    }
    this.#put(row, score, place);
  }

  /** The row goes down from a place that is free. */
  #sink(row: number, score: number, from: number): void {
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#isBefore(this.#at(child + 1), this.#scoreAt(child + 1), child)) child += 1;
      if (this.#isBefore(row, score, child)) break;
      this.#put(this.#at(child), this.#scoreAt(child), place);
      place = child;
    }
    this.#put(row, score, place);
  }

  /** Whether a row of this score goes before the one at a place. */
  #isBefore(row: number, score: number, place: number): boolean {
    const other = this.#scoreAt(place);
    return score < other || (score === other && this.#columns.numberAt(row) < this.#columns.numberAt(this.#at(place)));
  }

  #at(place: number): number {
    return this.#heap[place] ?? 0;
  }

  #scoreAt(place: number): number {
    return this.#scores[place] ?? 0;
  }

  #put(row: number, score: number, place: number): void {
    this.#heap[place] = row;
    this.#scores[place] = score;
    this.#columns.setPlace(row, place);
  }

  #resize(length: number): void {
    const heap = new Uint32Array(length);
    heap.set(this.#heap.subarray(0, this.#size));
    this.#heap = heap;
    const scores = new Float64Array(length);
    scores.set(this.#scores.subarray(0, this.#size));
    this.#scores = scores;
  }

  /** Into places that are ordered, the next last. */
  #insert(edge: number[], place: number): void {
    let [from, to] = [0, edge.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#isBefore(this.#at(place), this.#scoreAt(place), must(edge[middle], "a place"))) from = middle + 1;
      else to = middle;
    }
    edge.splice(from, 0, place);
  }
}
