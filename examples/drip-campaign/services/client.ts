// The services that the campaign needs, over HTTP.
import { count, post, type Call } from "../../services/call.ts";

export type Email =
  | { readonly to: string; readonly name: string; readonly template: "welcome" }
  | { readonly to: string; readonly name: string; readonly template: "thanks"; readonly bookingId: string }
  | { readonly to: string; readonly name: string; readonly template: "reminder"; readonly discount: Discount | null };

export interface Discount {
  readonly percent: number;
  readonly code: string;
}

export class Services {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  sendEmail(email: Email, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/emails`, email, call);
  }
  fileNote(note: { userId: string; text: string }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/notes`, note, call);
  }
  openContact(contact: { email: string; plan: string }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/contacts`, contact, call);
  }
  closeContact(contact: { contactId: string; userId: string; status: string }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/closed-contacts`, contact, call);
  }
  /** The id is the code. */
  issueCode(discount: { percent: number }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/codes`, discount, call);
  }
  fileReport(report: { tick: string; mails: number; contacts: number }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/reports`, report, call);
  }
  count(service: string, call: Pick<Call, "signal">): Promise<number> {
    return count(`${this.#url}/${service}`, call);
  }
}
