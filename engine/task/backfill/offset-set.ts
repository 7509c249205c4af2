// Offsets of one source partition, many of them and mostly in a row: a bit each.

const BITS = 32;
const WORDS_A_PAGE = 256;
const OFFSETS_A_PAGE = BITS * WORDS_A_PAGE;

export class OffsetSet {
  readonly #pages = new Map<number, Uint32Array>();

  add(offset: number): void {
    const page = Math.floor(offset / OFFSETS_A_PAGE);
    let words = this.#pages.get(page);
    if (words === undefined) this.#pages.set(page, (words = new Uint32Array(WORDS_A_PAGE)));
    const bit = offset % OFFSETS_A_PAGE;
    const word = Math.floor(bit / BITS);
    words[word] = (words[word] ?? 0) | (1 << (bit % BITS));
  }

  has(offset: number): boolean {
    const bit = offset % OFFSETS_A_PAGE;
    const words = this.#pages.get(Math.floor(offset / OFFSETS_A_PAGE));
    return words !== undefined && ((words[Math.floor(bit / BITS)] ?? 0) & (1 << (bit % BITS))) !== 0;
  }
}
