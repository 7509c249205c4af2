// What was prepared from texts. It is forgotten past a number of them, and then prepared again (R16).
const MAX_REMEMBERED = 1_000;

export class Remembered<Prepared> {
  readonly #prepare: (text: string) => Prepared;
  readonly #prepared = new Map<string, Prepared>();

  constructor(prepare: (text: string) => Prepared) {
    this.#prepare = prepare;
  }

  get(text: string): Prepared {
    const prepared = this.#prepared.get(text) ?? this.#prepare(text);
    // What was used last is forgotten last.
    this.#prepared.delete(text);
    this.#prepared.set(text, prepared);
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size > MAX_REMEMBERED && oldest !== undefined) this.#prepared.delete(oldest);
    return prepared;
  }
}
