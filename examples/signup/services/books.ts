// What the services remember: every request, and what came of it. The demo's proof is made of this, not of what the engine says.
export interface Request {
  readonly service: string;
  /** Which step of which run it was made by: the step's idempotency key. */
  readonly key: string;
  /** The process that made it. */
  readonly caller: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly answer: "done" | "known" | "refused" | "lost";
}

export class Books {
  readonly requests: Request[] = [];
  readonly #done = new Map<string, string>();

  /** A key that was seen before gives what it gave then, and nothing is done twice. */
  perform(service: string, key: string): { readonly id: string; readonly answer: "done" | "known" } {
    const place = `${service} ${key}`;
    const known = this.#done.get(place);
    if (known !== undefined) return { id: known, answer: "known" };
    const id = `${service}-${this.#done.size + 1}`;
    this.#done.set(place, id);
    return { id, answer: "done" };
  }

  asked(service: string, key: string): number {
    return this.requests.filter((request) => request.service === service && request.key === key).length;
  }
}
