// How often each token may ask: a bucket that fills at a steady rate, and holds two seconds' worth.
import type { Clock } from "../../engine/core/clock.ts";
import { ServerError } from "./server-error.ts";

const BURST_SECONDS = 2;

interface Bucket {
  left: number;
  at: number;
}

export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();
  readonly #perSecond: number;
  readonly #clock: Clock;

  /** `perSecond`: of those that have no rate of their own. */
  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** @throws ServerError `TOO_MANY_REQUESTS` */
  take(actor: string, own: number | null): void {
    const perSecond = own ?? this.#perSecond;
    const holds = Math.max(1, perSecond * BURST_SECONDS);
    const now = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(actor) ?? { left: holds, at: now };
    bucket.left = Math.min(holds, bucket.left + ((now - bucket.at) / 1_000) * perSecond);
    bucket.at = now;
    this.#buckets.set(actor, bucket);
    if (bucket.left >= 1) {
      bucket.left -= 1;
      return;
    }
    const seconds = Math.max(1, Math.ceil((1 - bucket.left) / perSecond));
    const message = `the token "${actor}" asks more than ${perSecond} times a second: ask less often, send events many at a time, or give it a higher rate`;
    throw new ServerError("TOO_MANY_REQUESTS", message, { retryAfterSeconds: seconds });
  }
}
