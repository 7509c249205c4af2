// The services that the import needs, over HTTP.
import { post, type Call } from "../../services/call.ts";
import type { Contact } from "../events.ts";

export class Services {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  verify(contact: Contact, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/verifications`, contact, call);
  }
  insert(rows: { tenant: string; contacts: readonly number[] }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/rows`, rows, call);
  }
  reindex(index: { tenant: string }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/indexes`, index, call);
  }
  /** A tenant has one session at a time. */
  session(session: { tenant: string; run: string; does: "opens" | "closes" }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/sessions`, session, call);
  }
}
