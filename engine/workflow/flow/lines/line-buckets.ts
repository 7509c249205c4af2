// Rows by the bucket of their number: in each a list, linked both ways, so that a row leaves it without a search.
const FIRST = 64;
/** Links are rows + 1. */
const NONE = 0;

export class RowBuckets {
  /** The link to a bucket's first row. */
  readonly #heads = new Map<number, number>();
  #next = new Uint32Array(FIRST);
  #previous = new Uint32Array(FIRST);

  numbers(): Iterable<number> {
    return this.#heads.keys();
  }

  add(row: number, bucket: number): void {
    if (row >= this.#next.length) this.#grow();
    const head = this.#heads.get(bucket) ?? NONE;
    this.#next[row] = head;
    this.#previous[row] = NONE;
    if (head !== NONE) this.#previous[head - 1] = row + 1;
    this.#heads.set(bucket, row + 1);
  }

  remove(row: number, bucket: number): void {
    const next = this.#next[row] ?? NONE;
    const previous = this.#previous[row] ?? NONE;
    if (next !== NONE) this.#previous[next - 1] = previous;
    if (previous !== NONE) this.#next[previous - 1] = next;
    else if (next !== NONE) this.#heads.set(bucket, next);
    else this.#heads.delete(bucket);
  }

  rowsOf(bucket: number): readonly number[] {
    const rows: number[] = [];
    for (let link = this.#heads.get(bucket) ?? NONE; link !== NONE; link = this.#next[link - 1] ?? NONE) rows.push(link - 1);
    return rows;
  }

  #grow(): void {
    const before = { next: this.#next, previous: this.#previous };
    this.#next = new Uint32Array(2 * before.next.length);
    this.#next.set(before.next);
    this.#previous = new Uint32Array(2 * before.previous.length);
    this.#previous.set(before.previous);
  }
}
