// What was prepared from texts. What was not asked for lately is forgotten, and prepared again when it is (R16).
const MAX_REMEMBERED = 1_000;

export class Remembered<Prepared> {
  readonly #prepare: (text: string) => Prepared;
  /** What was asked for since `before` was set aside. */
  #lately = new Map<string, Prepared>();
  #before = new Map<string, Prepared>();

  constructor(prepare: (text: string) => Prepared) {
    this.#prepare = prepare;
  }

  get(text: string): Prepared {
    const known = this.#lately.get(text);
    if (known !== undefined) return known;
    const prepared = this.#before.get(text) ?? this.#prepare(text);
    if (2 * this.#lately.size >= MAX_REMEMBERED) {
      this.#before = this.#lately;
      this.#lately = new Map();
    }
    this.#lately.set(text, prepared);
    return prepared;
  }
}
