// Timers as rows of typed arrays, 28 bytes each, so that a million of them are nothing to the collector. A kind that is rare is kept as it is.
import { must, unreachable } from "../../core/errors.ts";
import { RUN_ID_WORDS, runIdAt, writeRunId, type RunId, type StepKey } from "../../core/ids.ts";
import type { Timer } from "./timer-heap.ts";

const FIRST = 64;
/** So many different keys of steps have a number; timers of further ones are kept as they are. */
const MAX_KEYS = 100_000;

/** The lowest two bits of a code; above them the number of the step's key, or of the timer that is kept. */
const STEP = 0;
const WAIT = 1;
const RUN = 2;
const KEPT = 3;

export class TimerRows {
  #at = new Float64Array(FIRST);
  #runs = new Uint32Array(FIRST * RUN_ID_WORDS);
  #codes = new Uint32Array(FIRST);
  readonly #keys: StepKey[] = [];
  readonly #numbers = new Map<StepKey, number>();
  readonly #kept: (Timer | null)[] = [];
  readonly #free: number[] = [];

  at(row: number): number {
    return this.#at[row] ?? 0;
  }

  write(row: number, timer: Timer): void {
    if (row >= this.#at.length) this.#grow();
    this.#at[row] = timer.at;
    this.#codes[row] = this.#codeOf(timer, row);
  }

  move(from: number, to: number): void {
    if (to >= this.#at.length) this.#grow();
    const runs = this.#runs;
    const source = from * RUN_ID_WORDS;
    const target = to * RUN_ID_WORDS;
    this.#at[to] = this.#at[from] ?? 0;
    this.#codes[to] = this.#codes[from] ?? 0;
    for (let word = 0; word < RUN_ID_WORDS; word++) runs[target + word] = runs[source + word] ?? 0;
  }

  /** The timer at a row, which is to be written anew or not to be asked for again. */
  take(row: number): Timer {
    const at = this.at(row);
    const code = this.#codes[row] ?? 0;
    const number = code >>> 2;
    const kind = code & 3;
    if (kind === KEPT) return this.#release(number);
    const run = runIdAt(this.#runs, row * RUN_ID_WORDS);
    if (kind === RUN) return { kind: "run", at, run };
    const step = must(this.#keys[number], "the key of a step");
    return { kind: kind === STEP ? "step" : "wait", at, run, step };
  }

  clear(): void {
    this.#at = new Float64Array(FIRST);
    this.#runs = new Uint32Array(FIRST * RUN_ID_WORDS);
    this.#codes = new Uint32Array(FIRST);
    this.#keys.length = 0;
    this.#numbers.clear();
    this.#kept.length = 0;
    this.#free.length = 0;
  }

  #codeOf(timer: Timer, row: number): number {
    switch (timer.kind) {
      case "step":
        return this.#runCode(timer, row, STEP, this.#numberOf(timer.step));
      case "wait":
        return this.#runCode(timer, row, WAIT, this.#numberOf(timer.step));
      case "run":
        return this.#runCode(timer, row, RUN, 0);
      case "cron":
      case "flow":
        return this.#keep(timer);
      default:
        return unreachable(timer);
    }
  }

  #runCode(timer: Timer & { readonly run: RunId }, row: number, kind: number, number: number): number {
    if (number < 0 || !writeRunId(timer.run, this.#runs, row * RUN_ID_WORDS)) return this.#keep(timer);
    return number * 4 + kind;
  }

  #numberOf(key: StepKey): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#keys.length >= MAX_KEYS) return -1;
    this.#numbers.set(key, this.#keys.length);
    return this.#keys.push(key) - 1;
  }

  #keep(timer: Timer): number {
    const number = this.#free.pop() ?? this.#kept.length;
    this.#kept[number] = timer;
    return number * 4 + KEPT;
  }

  #release(number: number): Timer {
    const timer = must(this.#kept[number], "a timer that was kept");
    this.#kept[number] = null;
    this.#free.push(number);
    return timer;
  }

  #grow(): void {
    const before = { at: this.#at, runs: this.#runs, codes: this.#codes };
    this.#at = new Float64Array(2 * before.at.length);
    this.#at.set(before.at);
    this.#runs = new Uint32Array(2 * before.runs.length);
    this.#runs.set(before.runs);
    this.#codes = new Uint32Array(2 * before.codes.length);
    this.#codes.set(before.codes);
  }
}
