// Room for bodies that callers share: so many bytes in all, and of one caller so many that there is some left for others.
import type { Actor } from "../served-app.ts";
import type { ServerLimits } from "./limits.ts";
import { ServerError } from "./server-error.ts";
import { Shares } from "./shares.ts";

const RETRY_SECONDS = 2;

/** Of one body. */
export interface TakenRoom {
  readonly bytes: number;
  /** @throws ServerError `NOT_READY`: what was taken stays taken */
  take(bytes: number): void;
  /** Idempotent. */
  giveBack(): void;
}

export class BodyRoom {
  readonly #limits: Pick<ServerLimits, "allBodiesBytes" | "bodiesBytesEach">;
  readonly #held = new Shares();

  constructor(limits: Pick<ServerLimits, "allBodiesBytes" | "bodiesBytesEach">) {
    this.#limits = limits;
  }

  /** A body that is alone has room, however large it is. */
  of(actor: Actor): TakenRoom {
    let own = 0;
    const change = (bytes: number): void => {
      own += bytes;
      this.#held.change(actor, bytes);
    };
    return {
      get bytes() {
        return own;
      },
      take: (bytes) => {
        change(bytes);
        this.#check(actor, own);
      },
      giveBack: () => change(-own),
    };
  }

  #check(actor: Actor, own: number): void {
    const { allBodiesBytes, bodiesBytesEach } = this.#limits;
    const [each, all] = [this.#held.of(actor), this.#held.all];
    if (each > bodiesBytesEach && each > own) throw full(`"${actor}" sends too many large requests at once`);
    if (all > allBodiesBytes && all > own) throw full("too many large requests are being read");
  }
}

function full(why: string): ServerError {
  return new ServerError("NOT_READY", `${why}: try again in a moment`, { retryAfterSeconds: RETRY_SECONDS });
}
