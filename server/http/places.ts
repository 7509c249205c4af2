// Places that callers share: so many in all, and of one caller so many that there are some left for others.
import type { Actor } from "../served-app.ts";
import { ServerError } from "./server-error.ts";
import { Shares } from "./shares.ts";

export interface PlacesOptions {
  readonly all: number;
  /** Of one caller. */
  readonly each: number;
  /** What takes one, for people: `streams of events`. */
  readonly what: string;
  /** When to ask again. Default 5. */
  readonly retrySeconds?: number;
}

const RETRY_SECONDS = 5;

export class Places {
  readonly #options: PlacesOptions;
  readonly #taken = new Shares();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Returns how it is given back, once. @throws ServerError `TOO_MANY_STREAMS` */
  take(actor: Actor): () => void {
    const { all, each, what, retrySeconds = RETRY_SECONDS } = this.#options;
    const own = this.#taken.of(actor);
    if (own >= each || this.#taken.all >= all) {
      const who = own >= each ? `"${actor}" has ${own} ${what}` : `there are ${this.#taken.all} ${what}`;
      throw new ServerError("TOO_MANY_STREAMS", `${who} already: end some, or ask again later`, { retryAfterSeconds: retrySeconds });
    }
    this.#taken.change(actor, 1);
    let isOver = false;
    return () => {
      if (!isOver) this.#taken.change(actor, -1);
      isOver = true;
    };
  }
}
