// Bytes by bytes, the newest so many: keys of events come again and again, and hiding one costs as much as encrypting a value.

export class RecentBytes {
  readonly #max: number;
  readonly #known = new Map<string, Buffer>();

  constructor(max: number) {
    this.#max = max;
  }

  /** A copy of what `make` gave for the same bytes, or gives now. Longer ones are not kept. */
  get(bound: Buffer, bytes: Buffer, make: () => Buffer): Buffer {
    if (bytes.length > MAX_BYTES) return make();
    const place = `${bound.length} ${bound.toString("latin1")}${bytes.toString("latin1")}`;
    const known = this.#known.get(place);
    if (known !== undefined) return Buffer.from(known);
    const made = make();
    const [oldest] = this.#known.keys();
    if (this.#known.size >= this.#max && oldest !== undefined) this.#known.delete(oldest);
    // What was read is a part of a whole answer of the log: only a copy of it may stay.
    this.#known.set(place, Buffer.from(made));
    return made;
  }
}

const MAX_BYTES = 256;
