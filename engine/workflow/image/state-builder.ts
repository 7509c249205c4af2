// Builds a state from the cells of an image, in whatever order they are read.
import type { RunId } from "../../core/ids.ts";
import { waitAgain } from "../flow/lines/wait-again.ts";
import { emptyState, type PartitionState, type RunState } from "../state.ts";
import { timersOf } from "../timer/due.ts";
import type { WaitCell } from "../wait/wait-table.ts";
import { isKeyed, readKeyedCell } from "./keyed-cells.ts";
import { readQueues, type NumberedText } from "./queues.ts";
import { readRun, readStep, runKey, runOf, RUN_PREFIX } from "./run-cells.ts";
import { SMALL_CELLS } from "./small-cells.ts";

/** Cells that do not make a state. */
export class ImageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ImageError";
  }
}

const WAIT_PREFIX = "wait/";
/** Some milliseconds' work. */
const CELLS_AT_ONCE = 32;

export class StateBuilder {
  readonly #state: PartitionState;
  /** Runs whose steps have cells of their own. */
  readonly #heads = new Map<RunId, Omit<RunState, "steps">>();
  readonly #steps = new Map<RunId, Map<string, string>>();
  /** Of flow, and of a consumer. */
  readonly #keyed = new Map<string, string>();
  /** All else that is not of a run. */
  readonly #others = new Map<string, string>();

  constructor(partition: number, partitions: number) {
    this.#state = emptyState(partition, partitions);
  }

  put(key: string, body: string): void {
    if (!key.startsWith(RUN_PREFIX)) {
      this.#besides(key).set(key, body);
      return;
    }
    const { id, isStep } = runOf(key);
    if (isStep) {
      const steps = this.#steps.get(id);
      if (steps === undefined) this.#steps.set(id, new Map([[key, body]]));
      else steps.set(key, body);
      return;
    }
    // Its sum is not known to be right yet: what was read under a key must go under that key.
    const { head, steps } = readRun(id, body);
    this.remove(key);
    if (steps === null) this.#heads.set(id, head);
    else this.#add({ ...head, steps: new Map(steps) });
  }

  remove(key: string): void {
    if (!key.startsWith(RUN_PREFIX)) {
      this.#besides(key).delete(key);
      return;
    }
    const { id, isStep } = runOf(key);
    if (!isStep) {
      this.#heads.delete(id);
      this.#state.runs.delete(id);
      return;
    }
    const steps = this.#steps.get(id);
    steps?.delete(key);
    if (steps?.size === 0) this.#steps.delete(id);
  }

  /**
   * Part of finishing, when all cells are there: until then, one run may stand in two buckets. It may be a million runs, so who has others to
   * think of leaves them time after each step. @throws ImageError
   */
  *readFlow(): Iterable<void> {
    let read = 0;
    for (const [key, body] of this.#keyed) {
      this.#keyed.delete(key);
      if (!readKeyedCell(this.#state, key, body)) throw new ImageError(`it has a cell ${key} that this version does not know`);
      if (++read % CELLS_AT_ONCE === 0) yield;
    }
  }

  /** @throws ImageError */
  finish(): { readonly state: PartitionState; readonly apart: ReadonlySet<RunId> } {
    const state = this.#state;
    for (const [key, { read }] of Object.entries(SMALL_CELLS)) {
      const body = this.#others.get(key);
      if (body === undefined) throw new ImageError(`it has no cell ${key}`);
      this.#others.delete(key);
      read(state, body);
    }
    const apart = this.#joinSteps();
    const { next } = state.waits;
    for (const wait of this.#takeWaits()) state.waits.add(wait);
    state.waits.next = next;
    for (const _ of this.readFlow());
    const numbered = this.#takeNumbered();
    readQueues(state, (prefix) => {
      const bodies = numbered.get(prefix) ?? [];
      numbered.delete(prefix);
      return bodies.toSorted((a, b) => a.number - b.number);
    });
    for (const prefix of numbered.keys()) throw new ImageError(`it has cells ${prefix} that this version does not know`);
    waitAgain(state);
    state.timers.reset(timersOf(state));
    return { state, apart };
  }

  /** Where a cell that is not of a run waits for the last word. */
  #besides(key: string): Map<string, string> {
    return isKeyed(key) ? this.#keyed : this.#others;
  }

  #joinSteps(): ReadonlySet<RunId> {
    const apart = new Set(this.#heads.keys());
    for (const [id, head] of this.#heads) {
      const steps = [...(this.#steps.get(id)?.values() ?? [])].map(readStep).toSorted(([a], [b]) => a - b);
      this.#heads.delete(id);
      this.#steps.delete(id);
      if (steps.some(([place], index) => place !== index)) throw new ImageError(`${runKey(id)} lacks steps`);
      this.#add({ ...head, steps: new Map(steps.map(([, key, step]) => [key, step])) });
    }
    for (const id of this.#steps.keys()) throw new ImageError(`it has steps of ${runKey(id)}, and not the run`);
    return apart;
  }

  #add(run: RunState): void {
    this.#state.runs.set(run.id, run);
    this.#state.runs.settle();
  }

  #takeWaits(): readonly WaitCell[] {
    const waits: WaitCell[] = [];
    for (const [key, body] of this.#others) {
      if (!key.startsWith(WAIT_PREFIX)) continue;
      this.#others.delete(key);
      waits.push(JSON.parse(body) as WaitCell);
    }
    return waits.toSorted((a, b) => a.number - b.number);
  }

  #takeNumbered(): Map<string, NumberedText[]> {
    const found = new Map<string, NumberedText[]>();
    for (const [key, body] of this.#others) {
      const split = key.lastIndexOf("/") + 1;
      const prefix = key.slice(0, split);
      const cell = { number: Number(key.slice(split)), body };
      const others = found.get(prefix);
      if (others === undefined) found.set(prefix, [cell]);
      else others.push(cell);
    }
    this.#others.clear();
    return found;
  }
}
