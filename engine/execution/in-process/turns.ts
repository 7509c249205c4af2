// The next turn of the event loop, for all runs at once: promises that were resolved before have been gone on with by then. Runs ask for
// tens of thousands of turns a second, and an immediate of its own for each would cost more than what most of them do.

export interface TakesTurns {
  turn(): void;
}

export class Turns {
  #next: TakesTurns[] = [];

  /** Its `turn` is called in the next turn, in the order in which they asked. */
  ask(taker: TakesTurns): void {
    this.#next.push(taker);
    if (this.#next.length === 1) setImmediate(() => this.#take());
  }

  #take(): void {
    const takers = this.#next;
    this.#next = [];
    for (const taker of takers) {
      try {
        taker.turn();
      } catch (error) {
        // Nobody else misses a turn for it.
        setImmediate(() => {
          throw error;
        });
      }
    }
  }
}
