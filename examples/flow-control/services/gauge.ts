// How many requests are being answered. Whoever is gone waits for no answer: a request ends with its connection.
import type { ServerResponse } from "node:http";

export class Gauge {
  #now = 0;

  get now(): number {
    return this.#now;
  }

  /** What is returned says that the answer is ready; it may be called again. */
  enter(response: ServerResponse): () => void {
    let isIn = true;
    const leave = (): void => {
      if (isIn) this.#now -= 1;
      isIn = false;
    };
    this.#now += 1;
    response.once("close", leave);
    return leave;
  }
}
