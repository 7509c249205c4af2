// A number for each run's id, small and dense, so that what belongs to a run can stand in arrays. Ids are kept as their 128 bits, in one
// table with open addressing: a Map of a million texts would take five times as much, and the collector's time.
import { RUN_ID_WORDS, runIdAt, writeRunId, type RunId } from "../../core/ids.ts";

const FIRST = 64;
/** Of four places in the table, three are taken at the most. */
const MAX_LOAD = 3 / 4;

export class RunNumbers {
  /** By number. */
  #ids = new Uint32Array(FIRST * RUN_ID_WORDS);
  /** Number + 1 of the id whose hash leads here, or to a place before with none free between; 0 for none. */
  #table = new Uint32Array(2 * FIRST);
  /** Numbers that were given back. */
  readonly #free: number[] = [];
  #next = 0;
  #size = 0;
  readonly #asked = new Uint32Array(RUN_ID_WORDS);

  get size(): number {
    return this.#size;
  }

  /** All numbers are below. */
  get end(): number {
    return this.#next;
  }

  /** -1 where the id has none. */
  find(id: string): number {
    if (this.#size === 0 || !writeRunId(id, this.#asked, 0)) return -1;
    return (this.#table[this.#place()] ?? 0) - 1;
  }

  /** The id must have none. */
  add(id: RunId): number {
    if (this.#size + 1 > MAX_LOAD * this.#table.length) this.#rehash(2 * this.#table.length);
    const number = this.#free.pop() ?? this.#next++;
    if (number * RUN_ID_WORDS >= this.#ids.length) this.#grow();
    writeRunId(id, this.#ids, number * RUN_ID_WORDS);
    writeRunId(id, this.#asked, 0);
    this.#table[this.#place()] = number + 1;
    this.#size += 1;
    return number;
  }

  idOf(number: number): RunId {
    return runIdAt(this.#ids, number * RUN_ID_WORDS);
  }

  /** Gives the number back. */
  remove(number: number): void {
    this.#asked.set(this.#ids.subarray(number * RUN_ID_WORDS, (number + 1) * RUN_ID_WORDS));
    this.#close(this.#place());
    this.#free.push(number);
    this.#size -= 1;
  }

  /** Where the id that is asked for stands, or would stand. */
  #place(): number {
    const asked = this.#asked;
    const mask = this.#table.length - 1;
    const [a, b, c, d] = [asked[0] ?? 0, asked[1] ?? 0, asked[2] ?? 0, asked[3] ?? 0];
    for (let place = hash(c, d) & mask; ; place = (place + 1) & mask) {
      const number = this.#table[place] ?? 0;
      if (number === 0) return place;
      const at = (number - 1) * RUN_ID_WORDS;
      const ids = this.#ids;
      if (ids[at + 3] === d && ids[at + 2] === c && ids[at + 1] === b && ids[at] === a) return place;
    }
  }

  /** Empties a place. Those behind it whose way led over it move up, so that no mark of what was here is needed. */
  #close(place: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = place;
    for (let next = (hole + 1) & mask; table[next] !== 0; next = (next + 1) & mask) {
      const at = ((table[next] ?? 0) - 1) * RUN_ID_WORDS;
      const home = hash(this.#ids[at + 2] ?? 0, this.#ids[at + 3] ?? 0) & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      table[hole] = table[next] ?? 0;
      hole = next;
    }
    table[hole] = 0;
  }

  #rehash(length: number): void {
    const before = this.#table;
    this.#table = new Uint32Array(length);
    const mask = length - 1;
    for (const number of before) {
      if (number === 0) continue;
      const at = (number - 1) * RUN_ID_WORDS;
      let place = hash(this.#ids[at + 2] ?? 0, this.#ids[at + 3] ?? 0) & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = number;
    }
  }

  #grow(): void {
    const ids = new Uint32Array(2 * this.#ids.length);
    ids.set(this.#ids);
    this.#ids = ids;
  }
}

/** Of the id's entropy. */
function hash(c: number, d: number): number {
  const mixed = Math.imul(c ^ (c >>> 16), 0x85ebca6b) ^ Math.imul(d, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
