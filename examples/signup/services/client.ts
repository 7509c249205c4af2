// The services that sign-up needs, over HTTP.
import { post, type Call } from "../../services/call.ts";

export class Services {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  createUser(user: { email: string; name: string }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/users`, user, call);
  }
  sendEmail(email: { to: string; subject: string; text: string }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/emails`, email, call);
  }
  joinMailingList(member: { list: string; email: string }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/mailing-list`, member, call);
  }
  fileReport(report: { userId: string; email: string }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/reports`, report, call);
  }
  createContact(contact: { email: string; company: string }, call: Call): Promise<{ id: string }> {
    return post(`${this.#url}/contacts`, contact, call);
  }
  scheduleCall(call: { contactId: string }, by: Call): Promise<{ id: string }> {
    return post(`${this.#url}/calls`, call, by);
  }
}
