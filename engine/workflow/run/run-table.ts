// All runs of a partition, by id. Those that something happened to of late are open: objects on the heap, which evolve changes in place. All
// others are packed, whatever they wait for. Who asks for a packed run opens it, and it stays open until others were asked for so long that
// `settle` packs it again. So memory holds a million runs that sleep, and the collector sees a thousand.
import { assert } from "../../core/errors.ts";
import type { RunId } from "../../core/ids.ts";
import { PackedRuns } from "../packed/packed-runs.ts";
import type { RunState } from "../state.ts";
import { timersOfRun } from "../timer/due.ts";
import type { Timer } from "../timer/timer-heap.ts";
import { RUN_MARKS, type RunMark, type SeenRun } from "./run-marks.ts";

/** As many as are active in a partition by default, so that those stay open. */
const MAX_OPEN = 2_000;

export class RunTable {
  /** The one that was asked for longest ago first, once there are many. */
  readonly #open = new Map<RunId, RunState>();
  readonly #packed = new PackedRuns();
  readonly #maxOpen: number;
  /** Counts whatever may move a run: nobody walks through the table meanwhile. */
  #moves = 0;

  constructor(maxOpen = MAX_OPEN) {
    this.#maxOpen = maxOpen;
  }

  get size(): number {
    return this.#open.size + this.#packed.size;
  }

  has(id: RunId): boolean {
    return this.#open.has(id) || this.#packed.has(id);
  }

  /** The run itself, to be read and changed until the next `settle`; whoever wants it later asks again. */
  get(id: RunId): RunState | undefined {
    this.#moves += 1;
    const open = this.#open.get(id);
    if (open !== undefined) {
      if (this.#open.size <= this.#maxOpen / 2) return open;
      this.#open.delete(id);
      this.#open.set(id, open);
      return open;
    }
    const packed = this.#packed.take(id);
    if (packed !== undefined) this.#open.set(id, packed);
    return packed;
  }

  /** The run as it is now, to be looked at: a packed one stays packed. */
  peek(id: RunId): SeenRun | undefined {
    return this.#open.get(id) ?? this.#packed.peek(id);
  }

  set(id: RunId, run: RunState): void {
    this.#moves += 1;
    this.#packed.delete(id);
    this.#open.set(id, run);
  }

  delete(id: RunId): boolean {
    this.#moves += 1;
    return this.#open.delete(id) || this.#packed.delete(id);
  }

  /** Packs what is too many. Called after each record: nobody holds a run to change it then. */
  settle(): void {
    if (this.#open.size <= this.#maxOpen) return;
    this.#moves += 1;
    for (const [id, run] of this.#open) {
      if (this.#open.size <= this.#maxOpen) return;
      this.#open.delete(id);
      this.#packed.put(run);
    }
  }

  /**
   * Each as it is now, to be looked at and let go of; in no order. Nothing may be asked for or changed until the walk is over: who wants to
   * change runs, or to go on in another turn, collects their `keys` first.
   */
  *values(): Iterable<SeenRun> {
    yield* this.#undisturbed(this.#packed.runs());
    yield* this.#undisturbed(this.#open.values());
  }

  *keys(): Iterable<RunId> {
    yield* this.#undisturbed(this.#packed.ids());
    yield* this.#undisturbed(this.#open.keys());
  }

  /** Ids of the runs with this mark, which takes no time for those that have it not. Roughly, those that rested longest come first. */
  having(mark: RunMark): readonly RunId[] {
    const ids = [...this.#packed.ids(mark)];
    for (const run of this.#open.values()) if (RUN_MARKS[mark](run)) ids.push(run.id);
    return ids;
  }

  /** When runs want to be looked at. */
  *timers(): Iterable<Timer> {
    for (const run of this.#undisturbed(this.#open.values())) yield* timersOfRun(run);
    yield* this.#undisturbed(this.#packed.timers());
  }

  /** How many `timers` gives. */
  timerCount(): number {
    let count = this.#packed.timerCount;
    for (const run of this.#open.values()) count += [...timersOfRun(run)].length;
    return count;
  }

  *#undisturbed<T>(walked: Iterable<T>): Iterable<T> {
    const moves = this.#moves;
    for (const item of walked) {
      yield item;
      assert(moves === this.#moves, "runs were asked for or changed while the table of them was walked through");
    }
  }
}
