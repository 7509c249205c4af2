// A part of a handler whose steps may be called off together: a branch of a race, or the tasks of `step.all`.

export class Branch {
  readonly #outer: Branch | null;
  #isClosed = false;

  constructor(outer: Branch | null) {
    this.#outer = outer;
  }

  /** It, or what it is a part of, was called off: none of its steps begins any more, and what comes of them does not count. */
  get isClosed(): boolean {
    return this.#isClosed || this.#outer?.isClosed === true;
  }

  close(): void {
    this.#isClosed = true;
  }
}
