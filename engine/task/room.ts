// Back-pressure (R16): who brings work waits here while there is enough of it.

export class Room {
  readonly #isFull: () => boolean;
  readonly #waiters: (() => void)[] = [];

  constructor(isFull: () => boolean) {
    this.#isFull = isFull;
  }

  /** Null where there is room, else a promise that it is worth asking again. */
  wait(): Promise<void> | null {
    return this.#isFull() ? this.next() : null;
  }

  /** Resolves when something goes away. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Something went away. */
  wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}
