// What of an image stands in its topic: for each cell the frame after which it was written, and the hash of what was written. Millions of cells
// fit, in typed arrays: 24 bytes a place, of which a third to two thirds are taken, so 35 to 70 bytes a cell. Keys are kept as hashes of
// 64 bits. Two that collide spoil the sum, by which the image is refused when it is read, and nothing else.
import { hash as digestOf } from "node:crypto";

/** In each place: two words of the key's hash, two of the entry's. */
const WORDS = 4;
const EMPTY = 0;
const DROPPED = -1;
const MIN_PLACES = 1024;

export interface CellHash {
  readonly high: number;
  readonly low: number;
}

export class CellIndex {
  #places = MIN_PLACES;
  #words = new Uint32Array(WORDS * MIN_PLACES);
  /** Number of the frame; none has 0. */
  #lsns = new Float64Array(MIN_PLACES);
  #taken = 0;
  #count = 0;
  #sumHigh = 0;
  #sumLow = 0;
  /** In how many parts a cell was written, where in more than one. */
  readonly #parts = new Map<string, number>();

  get count(): number {
    return this.#count;
  }

  /** The same for the same cells, whatever the order in which they came and what was there before. */
  get sum(): string {
    return `${hex(this.#sumHigh)}${hex(this.#sumLow)}`;
  }

  /** The frame after which the cell was written, or null. */
  lsnOf(key: string): number | null {
    const place = this.#find(key);
    return place < 0 ? null : (this.#lsns[place] ?? null);
  }

  has(key: string): boolean {
    return this.#find(key) >= 0;
  }

  holds(key: string, hash: CellHash): boolean {
    const place = this.#find(key);
    return place >= 0 && this.#words[place * WORDS + 2] === hash.high && this.#words[place * WORDS + 3] === hash.low;
  }

  partsOf(key: string): number {
    return this.#parts.get(key) ?? 1;
  }

  put(key: string, lsn: number, hash: CellHash, parts: number): void {
    let place = this.#find(key);
    if (place >= 0) this.#subtract(place);
    else place = this.#take(key);
    this.#words[place * WORDS + 2] = hash.high;
    this.#words[place * WORDS + 3] = hash.low;
    this.#lsns[place] = lsn;
    this.#count += 1;
    this.#sumHigh = (this.#sumHigh + hash.high) >>> 0;
    this.#sumLow = (this.#sumLow + hash.low) >>> 0;
    if (parts > 1) this.#parts.set(key, parts);
    else this.#parts.delete(key);
  }

  drop(key: string): void {
    const place = this.#find(key);
    if (place < 0) return;
    this.#subtract(place);
    this.#lsns[place] = DROPPED;
    this.#parts.delete(key);
  }

  #subtract(place: number): void {
    this.#count -= 1;
    this.#sumHigh = (this.#sumHigh - (this.#words[place * WORDS + 2] ?? 0)) >>> 0;
    this.#sumLow = (this.#sumLow - (this.#words[place * WORDS + 3] ?? 0)) >>> 0;
  }

  #find(key: string): number {
    hashKey(key);
    for (let place = keyLow & (this.#places - 1); ; place = (place + 1) & (this.#places - 1)) {
      const lsn = this.#lsns[place];
      if (lsn === EMPTY) return -1;
      if (lsn !== DROPPED && this.#words[place * WORDS] === keyHigh && this.#words[place * WORDS + 1] === keyLow) return place;
    }
  }

  #take(key: string): number {
    if (3 * this.#taken >= 2 * this.#places) this.#grow();
    hashKey(key);
    let place = keyLow & (this.#places - 1);
    while ((this.#lsns[place] ?? EMPTY) > EMPTY) place = (place + 1) & (this.#places - 1);
    if (this.#lsns[place] === EMPTY) this.#taken += 1;
    this.#words[place * WORDS] = keyHigh;
    this.#words[place * WORDS + 1] = keyLow;
    return place;
  }

  /** To twice the size, or, where many were dropped, to the same without them. */
  #grow(): void {
    const [words, lsns] = [this.#words, this.#lsns];
    if (3 * this.#count >= this.#places) this.#places *= 2;
    this.#words = new Uint32Array(WORDS * this.#places);
    this.#lsns = new Float64Array(this.#places);
    this.#taken = this.#count;
    for (let from = 0; from < lsns.length; from++) {
      const lsn = lsns[from] ?? EMPTY;
      if (lsn <= EMPTY) continue;
      let place = (words[from * WORDS + 1] ?? 0) & (this.#places - 1);
      while (this.#lsns[place] !== EMPTY) place = (place + 1) & (this.#places - 1);
      this.#words.set(words.subarray(from * WORDS, (from + 1) * WORDS), place * WORDS);
      this.#lsns[place] = lsn;
    }
  }
}

/** Of a cell's key and what it holds. */
export function hashOfCell(key: string, body: Buffer): CellHash {
  const digest = digestOf("sha1", Buffer.concat([Buffer.from(`${key}\0`), body]), "buffer");
  return { high: digest.readUInt32BE(0), low: digest.readUInt32BE(4) };
}

let keyHigh = 0;
let keyLow = 0;

/** Two hashes of 32 bits by multiplication and rotation, finished so that each bit of the key moves half of them. Left in two variables: no garbage. */
function hashKey(key: string): void {
  let high = 0x9e3779b9 ^ key.length;
  let low = 0x85ebca6b;
  for (let index = 0; index < key.length; index++) {
    const code = key.charCodeAt(index);
    high = Math.imul(high ^ code, 0xcc9e2d51);
    high = (high << 13) | (high >>> 19);
    low = Math.imul(low ^ code, 0x1b873593);
    low = (low << 17) | (low >>> 15);
  }
  keyHigh = finish(high ^ low);
  keyLow = finish(low + keyHigh);
}

function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
