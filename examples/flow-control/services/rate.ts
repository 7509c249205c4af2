// How much there was in the last second.
const SECOND_MS = 1_000;

export class Rate {
  readonly #times: number[] = [];

  add(at: number): void {
    this.#times.push(at);
  }

  /** Counts what came at `now − 1 s` or later. */
  lately(now: number): number {
    let old = 0;
    while ((this.#times[old] ?? now) < now - SECOND_MS) old += 1;
    this.#times.splice(0, old);
    return this.#times.length;
  }
}
