// How many of something there are, in all and of each function.

export class FunctionCounts {
  readonly #counts = new Map<string, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  of(functionId: string): number {
    return this.#counts.get(functionId) ?? 0;
  }

  add(functionId: string): void {
    this.#counts.set(functionId, this.of(functionId) + 1);
    this.#total += 1;
  }

  /** It was added before. */
  remove(functionId: string): void {
    const left = this.of(functionId) - 1;
    if (left > 0) this.#counts.set(functionId, left);
    else this.#counts.delete(functionId);
    this.#total -= 1;
  }
}
