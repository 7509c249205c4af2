// Runs as bytes outside of the heap, some hundreds each: a million of them cost the collector nothing.
import type { RunId } from "../../core/ids.ts";
import { bitOf, marksOf, type RunMark, type SeenRun } from "../run/run-marks.ts";
import type { RunState } from "../state.ts";
import { timersOfRun } from "../timer/due.ts";
import type { Timer } from "../timer/timer-heap.ts";
import { PlainData, type Plain } from "./plain-data.ts";
import { RunNumbers } from "./run-numbers.ts";
import { Slabs } from "./slabs.ts";

/** Of the bits kept for a run; those below are its marks. */
const TAKEN = 1 << 7;

export class PackedRuns {
  readonly #data = new PlainData();
  readonly #numbers = new RunNumbers();
  readonly #slabs = new Slabs();
  /** By number. */
  #bits = new Uint8Array(64);
  #timers = 0;

  get size(): number {
    return this.#numbers.size;
  }

  /** How many timers all of them have. */
  get timerCount(): number {
    return this.#timers;
  }

  has(id: string): boolean {
    return this.#numbers.find(id) >= 0;
  }

  put(run: RunState): void {
    const timers = [...timersOfRun(run)];
    const number = this.#numbers.add(run.id);
    this.#slabs.put(number, this.#data.pack(plain([timers, run]), run.id));
    if (number >= this.#bits.length) this.#grow();
    this.#bits[number] = TAKEN | marksOf(run);
    this.#timers += timers.length;
  }

  /** Unpacks the run for good. */
  take(id: string): RunState | undefined {
    const number = this.#numbers.find(id);
    if (number < 0) return undefined;
    const run = this.#runOf(number);
    this.#remove(number);
    return run;
  }

  /** A copy, which nobody can change by mistake. */
  peek(id: string): SeenRun | undefined {
    const number = this.#numbers.find(id);
    return number < 0 ? undefined : Object.freeze(this.#runOf(number));
  }

  delete(id: string): boolean {
    const number = this.#numbers.find(id);
    if (number >= 0) this.#remove(number);
    return number >= 0;
  }

  /** Nothing may change meanwhile. */
  *runs(): Iterable<SeenRun> {
    for (const number of this.#having(TAKEN)) yield Object.freeze(this.#runOf(number));
  }

  *ids(mark?: RunMark): Iterable<RunId> {
    for (const number of this.#having(mark === undefined ? TAKEN : bitOf(mark))) yield this.#numbers.idOf(number);
  }

  *timers(): Iterable<Timer> {
    for (const number of this.#having(TAKEN)) yield* this.#timersOf(number);
  }

  *#having(bits: number): Iterable<number> {
    for (let number = 0; number < this.#numbers.end; number++) if (((this.#bits[number] ?? 0) & bits) !== 0) yield number;
  }

  #runOf(number: number): RunState {
    const { bytes, at } = this.#slabs.find(number);
    return this.#data.unpack(bytes, at, 2, this.#numbers.idOf(number))[1] as RunState;
  }

  /** They stand before the run, which is not read for them. */
  #timersOf(number: number): readonly Timer[] {
    const { bytes, at } = this.#slabs.find(number);
    return this.#data.unpack(bytes, at, 1, this.#numbers.idOf(number))[0] as readonly Timer[];
  }

  #remove(number: number): void {
    this.#timers -= this.#timersOf(number).length;
    this.#slabs.drop(number);
    this.#numbers.remove(number);
    this.#bits[number] = 0;
  }

  #grow(): void {
    const bits = new Uint8Array(2 * this.#bits.length);
    bits.set(this.#bits);
    this.#bits = bits;
  }
}

/** The compiler's proof that nothing is packed which is more than data. */
function plain(values: Plain<[readonly Timer[], RunState]>): readonly unknown[] {
  return values;
}
