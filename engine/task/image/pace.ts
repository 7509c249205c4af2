// Images are written beside the work of a process, not before it: whatever the number of its partitions, one slice is made at a time, and then
// the event loop has as long to itself as that took.

/** After less, nobody has waited. */
const SHORT_MS = 1;

export class Pace {
  #turn: Promise<void> = Promise.resolve();

  /** Does the work when it is its turn. */
  async take<T>(work: () => T): Promise<T> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    const began = performance.now();
    try {
      return work();
    } finally {
      const tookMs = performance.now() - began;
      if (tookMs < SHORT_MS) resolve();
      else setTimeout(resolve, tookMs);
    }
  }
}

/** That of this process. */
export const pace = new Pace();
