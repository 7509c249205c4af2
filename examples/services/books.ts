// What the services remember: every request, and what came of it. A demo's proof is made of this, not of what the engine says.
export interface Request {
  readonly service: string;
  /** Which step of which run it was made by: the step's idempotency key. */
  readonly key: string;
  /** The process that made it. */
  readonly caller: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What was asked for. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether it did something in the world: an account, an email. */
  readonly effect: boolean;
}

export class Books {
  readonly requests: Request[] = [];
  readonly #done = new Map<string, string>();
  readonly #asked = new Map<string, number>();

  /** How often the key was asked for, this time included. */
  ask(key: string): number {
    const times = (this.#asked.get(key) ?? 0) + 1;
    this.#asked.set(key, times);
    return times;
  }

  /** A key that was seen before gives what it gave then, and nothing is done twice. */
  perform(service: string, key: string): { readonly id: string; readonly effect: boolean } {
    const known = this.#done.get(key);
    if (known !== undefined) return { id: known, effect: false };
    const id = `${service}-${this.#done.size + 1}`;
    this.#done.set(key, id);
    return { id, effect: true };
  }

  /** How much a service did so far. */
  count(service: string): number {
    return this.requests.filter((request) => request.service === service && request.effect).length;
  }
}
