// Who is told what changed: streams of the API, and resources that wait for something.
import type { LiveMessage } from "./contract/live.ts";
import type { LiveHub } from "./served-app.ts";

export class Hub implements LiveHub {
  readonly #listeners = new Set<(message: LiveMessage) => void>();

  tell(message: LiveMessage): void {
    for (const listener of this.#listeners) listener(message);
  }

  hear(listener: (message: LiveMessage) => void): () => void {
    // Of its own, so that a function given twice is heard of twice.
    const own = (message: LiveMessage): void => listener(message);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  get hearers(): number {
    return this.#listeners.size;
  }
}
