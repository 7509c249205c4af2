// What callers have taken of something that they share: each of them, and all together.
import type { Actor } from "../served-app.ts";

export class Shares {
  /** Of those who have any. */
  readonly #taken = new Map<Actor, number>();
  #all = 0;

  get all(): number {
    return this.#all;
  }

  of(actor: Actor): number {
    return this.#taken.get(actor) ?? 0;
  }

  /** `by`: below zero where something is given back. */
  change(actor: Actor, by: number): void {
    this.#all += by;
    const own = this.of(actor) + by;
    if (own === 0) this.#taken.delete(actor);
    else this.#taken.set(actor, own);
  }
}
