// Open waits, by run and step, and by what they wait for: an event finds its waits without looking at the others.
import type { RunId, StepKey } from "../../core/ids.ts";
import type { WaitPurpose } from "../records.ts";
import { shapeKey } from "./shape.ts";

export interface WaitCell {
  readonly run: RunId;
  readonly step: StepKey;
  readonly event: string;
  readonly path: string;
  readonly value: string;
  readonly condition: string | null;
  readonly bindings: string | null;
  /** Events from before do not count, milliseconds since 1970. */
  readonly since: number;
  /** All that came since then has to be known before it may expire. */
  readonly knownSince: number;
  readonly deadline: number | null;
  /** Events that do not count, by origin. */
  readonly excluded: readonly string[];
  readonly purpose: WaitPurpose;
  /** It may not expire before this scan of the past is answered; 0: none is needed. */
  readonly scan: number;
  /** Counts up: waits are compared in the order in which they came. */
  readonly number: number;
}

const NONE: ReadonlySet<WaitCell> = new Set();

export class WaitTable {
  readonly #cells = new Map<string, WaitCell>();
  readonly #byTarget = new Map<string, Set<WaitCell>>();
  /** Number of the next wait. */
  next = 1;

  get size(): number {
    return this.#cells.size;
  }

  get(run: RunId, step: StepKey): WaitCell | undefined {
    return this.#cells.get(waitKey(run, step));
  }

  /** In the order in which they came. */
  values(): Iterable<WaitCell> {
    return this.#cells.values();
  }

  /** Those that compare this value at this path of events of this name, in the order in which they came. */
  of(event: string, path: string, value: string): ReadonlySet<WaitCell> {
    return this.#byTarget.get(targetKey(event, path, value)) ?? NONE;
  }

  add(cell: WaitCell): void {
    this.remove(cell.run, cell.step);
    this.#cells.set(waitKey(cell.run, cell.step), cell);
    const key = targetKey(cell.event, cell.path, cell.value);
    const there = this.#byTarget.get(key);
    if (there === undefined) this.#byTarget.set(key, new Set([cell]));
    else there.add(cell);
    this.next = Math.max(this.next, cell.number + 1);
  }

  remove(run: RunId, step: StepKey): void {
    const cell = this.get(run, step);
    if (cell === undefined) return;
    this.#cells.delete(waitKey(run, step));
    const key = targetKey(cell.event, cell.path, cell.value);
    const there = this.#byTarget.get(key);
    there?.delete(cell);
    if (there?.size === 0) this.#byTarget.delete(key);
  }
}

export function waitKey(run: RunId, step: StepKey): string {
  return `${run}/${step}`;
}

export function targetKey(event: string, path: string, value: string): string {
  return `${shapeKey(event, path)}\n${value}`;
}
