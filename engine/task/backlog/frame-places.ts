// Where the frames of a journal stand. A frame, and a claim that counts, take the next number and the next offset; whatever else lands there
// (knocks, claims that do not count, second copies, what deposed owners still send) takes an offset and no number. So offset − number never
// falls, and where it is the same at two frames it is the same between them: millions of frames are known by the few places where it grew.

/** Offsets, both included. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

/** Frames in a row. */
interface Stretch {
  /** Numbers of the first and the last. */
  readonly first: number;
  last: number;
  /** Offset − number. */
  readonly shift: number;
}

/** With more, every second is forgotten: frames between those that are left have to be looked for (R16). */
const MAX_STRETCHES = 4_096;
/** The journal's first entry is at offset 0, and the first frame or claim that counts has the number 1. */
const LEAST_SHIFT = -1;

export class FramePlaces {
  #stretches: Stretch[] = [];

  /** The highest number that was located: 0 where none was. */
  get lastLsn(): number {
    return this.#stretches.at(-1)?.last ?? 0;
  }

  get stretches(): number {
    return this.#stretches.length;
  }

  /** Of two that cannot both be right, the one that is told last is believed. */
  located(lsn: number, offset: number): void {
    const shift = offset - lsn;
    const newest = this.#stretches.at(-1);
    if (newest !== undefined && newest.shift === shift && lsn > newest.last) newest.last = lsn;
    else this.#insert(lsn, shift);
  }

  /** Between which offsets a frame stands, of a number up to `lastLsn`: where it is known, they are the same. */
  rangeOf(lsn: number): OffsetRange {
    const after = this.#indexAfter(lsn);
    const before = this.#stretches[after - 1];
    const least = before?.shift ?? LEAST_SHIFT;
    const most = before !== undefined && lsn <= before.last ? least : (this.#stretches[after] ?? before)?.shift;
    return { from: lsn + least, to: lsn + (most ?? least) };
  }

  /** The same, by what is certain without those that were located in between. */
  widestRangeOf(lsn: number): OffsetRange {
    return { from: lsn + LEAST_SHIFT, to: lsn + (this.#stretches.at(-1)?.shift ?? LEAST_SHIFT) };
  }

  #insert(lsn: number, shift: number): void {
    const around = this.#stretches[this.#indexAfter(lsn) - 1];
    if (around !== undefined && lsn <= around.last) {
      if (around.shift === shift) return;
      this.#cut(around, lsn, shift);
    }
    const stretches = this.#stretches;
    let from = this.#indexAfter(lsn);
    let to = from;
    for (let one = stretches[from - 1]; one !== undefined && one.shift > shift; one = stretches[from - 1]) from -= 1;
    for (let one = stretches[to]; one !== undefined && one.shift < shift; one = stretches[to]) to += 1;
    const before = stretches[from - 1];
    const after = stretches[to];
    const isBefore = before?.shift === shift;
    const isAfter = after?.shift === shift;
    const grown = { first: isBefore ? before.first : lsn, last: isAfter ? after.last : lsn, shift };
    if (isBefore) from -= 1;
    if (isAfter) to += 1;
    stretches.splice(from, to - from, grown);
    if (stretches.length > MAX_STRETCHES) this.#stretches = stretches.filter((_, n) => n % 2 === 0 || n === stretches.length - 1);
  }

  /** A frame in the middle of it is elsewhere: what contradicts that goes, on one side. */
  #cut(stretch: Stretch, lsn: number, shift: number): void {
    const rest = stretch.shift > shift ? { ...stretch, first: lsn + 1 } : { ...stretch, last: lsn - 1 };
    this.#stretches.splice(this.#stretches.indexOf(stretch), 1, ...(rest.first <= rest.last ? [rest] : []));
  }

  /** Index of the first stretch that begins behind the frame. */
  #indexAfter(lsn: number): number {
    let low = 0;
    let high = this.#stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#stretches[middle]?.first ?? 0) <= lsn) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
