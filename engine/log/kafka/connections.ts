// All links of a log, by purpose and broker. Purposes have their own sockets so that none waits behind another's long request.
import { addressOf, Link, type Credentials, type Endpoint } from "./link.ts";

/** `produce-slow` carries partitions whose replicas lag; the `-all` lanes read with uncommitted records. */
export type Lane = "produce" | "produce-slow" | "follow" | "follow-all" | "bulk" | "bulk-all" | "admin";

export class Connections {
  readonly #credentials: Credentials;
  readonly #links = new Map<string, Link>();
  #isClosed = false;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  link(lane: Lane, endpoint: Endpoint): Link {
    const key = `${lane} ${addressOf(endpoint)}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = new Link(endpoint, this.#credentials);
      this.#links.set(key, link);
      if (this.#isClosed) link.close();
    }
    return link;
  }

  close(): void {
    this.#isClosed = true;
    for (const link of this.#links.values()) link.close();
  }
}
