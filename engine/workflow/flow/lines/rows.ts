// Runs that wait to start, by the line in which they wait. What they will start with is not here but in the journal, where a row says. A row is
// some 70 bytes outside of the heap, so a million of them cost the collector nothing; what all rows of a line have in common is kept once.
import { assert, must } from "../../../core/errors.ts";
import type { RunId } from "../../../core/ids.ts";
import type { QueueGate, RunParent } from "../../records.ts";
import { RowBuckets } from "./line-buckets.ts";
import { RowColumns } from "./line-columns.ts";
import { bucketOf } from "./row-bucket.ts";
import { HeapLine, type LineKind } from "./line.ts";

/** Arrays that held more rows than this are let go of when the last row goes. */
const MAX_KEPT = 4_096;

export interface QueuedRow {
  readonly run: RunId;
  readonly functionId: string;
  readonly gate: QueueGate;
  /** Keys of all that has to let it in. */
  readonly needs: readonly string[];
  readonly share: string;
  /** Of the share, in thousandths. */
  readonly weight: number;
  /** The lowest goes first, */
  readonly score: number;
  /** and among equal ones the lowest number, which no two rows share. */
  readonly number: number;
  /** Not to begin from then on, milliseconds since 1970: by either of its function's `timeouts`. */
  readonly startBy: number | null;
  /** Of the frame whose `RunQueued` has its events. */
  readonly lsn: number;
  readonly parent: RunParent | null;
  readonly singleton: string | null;
  /** Partitions that watch for what cancels it, as those of a run. */
  readonly cancels: readonly number[];
}

/** Rows that agree in function, gate, needs, share and weight, as they are now. */
export interface Line {
  readonly functionId: string;
  readonly gate: QueueGate;
  readonly needs: readonly string[];
  readonly share: string;
  readonly weight: number;
  /** 0 once its last row is removed: rows that come then make a line of their own. */
  readonly size: number;
  readonly head: QueuedRow | undefined;
  /** The first `count` in order, without taking them. */
  first(count: number): readonly QueuedRow[];
}

export class QueuedRows {
  #columns = new RowColumns();
  #buckets = new RowBuckets();
  readonly #byKind = new Map<string, HeapLine>();
  /** By the number that a line's rows keep of it. */
  readonly #lines: (HeapLine | null)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#columns.size;
  }

  has(run: RunId): boolean {
    return this.#columns.find(run) >= 0;
  }

  get(run: RunId): QueuedRow | undefined {
    const row = this.#columns.find(run);
    return row < 0 ? undefined : this.#lineOf(row).rowAt(row);
  }

  /** The run must not be in a line. */
  add(row: QueuedRow): Line {
    assert(!this.has(row.run), `run ${row.run} waits in a line already`);
    const line = this.#lineFor(row);
    const added = this.#columns.add(row, line.number);
    this.#buckets.add(added, bucketOf(row.number));
    line.add(added, row.score);
    return line;
  }

  /** The line in which it was, undefined for none. */
  remove(run: RunId): Line | undefined {
    const row = this.#columns.find(run);
    if (row < 0) return undefined;
    const line = this.#lineOf(row);
    line.remove(row);
    this.#buckets.remove(row, bucketOf(this.#columns.numberAt(row)));
    this.#columns.remove(row);
    if (line.size === 0) this.#drop(line);
    return line;
  }

  /** In no order. */
  lines(): Iterable<Line> {
    return this.#byKind.values();
  }

  /** In no order. Nothing may come or go meanwhile. */
  *values(): Iterable<QueuedRow> {
    for (const line of this.#byKind.values()) yield* line.values();
  }

  /** Rows that have a `startBy`. Nothing may come or go meanwhile. */
  *startingBy(): Iterable<{ readonly run: RunId; readonly startBy: number }> {
    const { asides } = this.#columns;
    for (const row of asides.rowsToStartBy()) {
      yield { run: this.#columns.runAt(row), startBy: must(asides.startByAt(row), "when a run is to start at the latest") };
    }
  }

  /** Of the oldest frame that has a row's events; null where there are no rows. Looks at all of them. */
  leastLsn(): number | null {
    let least: number | null = null;
    for (const line of this.#byKind.values()) least = Math.min(least ?? Number.POSITIVE_INFINITY, line.leastLsn());
    return least;
  }

  /** Numbers of the buckets that have rows, in no order. */
  buckets(): Iterable<number> {
    return this.#buckets.numbers();
  }

  /** By their numbers. */
  inBucket(bucket: number): readonly QueuedRow[] {
    return this.#buckets
      .rowsOf(bucket)
      .map((row) => this.#lineOf(row).rowAt(row))
      .toSorted((a, b) => a.number - b.number);
  }

  #lineOf(row: number): HeapLine {
    return must(this.#lines[this.#columns.lineAt(row)], "the line of a row");
  }

  #lineFor(row: QueuedRow): HeapLine {
    const name = nameOf(row);
    const there = this.#byKind.get(name);
    if (there !== undefined) return there;
    const number = this.#free.pop() ?? this.#lines.length;
    const line = new HeapLine(this.#columns, number, name, row);
    this.#lines[number] = line;
    this.#byKind.set(name, line);
    return line;
  }

  #drop(line: HeapLine): void {
    this.#byKind.delete(line.name);
    this.#lines[line.number] = null;
    this.#free.push(line.number);
    if (this.size > 0 || this.#columns.capacity <= MAX_KEPT) return;
    this.#columns = new RowColumns();
    this.#buckets = new RowBuckets();
    this.#lines.length = 0;
    this.#free.length = 0;
  }
}

/** No two kinds have the same, whatever is in their texts: lengths stand before them. */
function nameOf({ functionId, gate, needs, share, weight }: LineKind): string {
  let name = `${gate} ${weight} ${functionId.length} ${functionId}${share.length} ${share}`;
  for (const need of needs) name += `${need.length} ${need}`;
  return name;
}
