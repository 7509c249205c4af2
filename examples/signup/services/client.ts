// The services that sign-up needs, over HTTP. What a status means for retries is decided here, once.
import { NonRetriableError, RetryAfterError, type StepContext } from "millrace";

/** What a call needs of the step that makes it. */
type Call = Pick<StepContext, "idempotencyKey" | "signal">;

export class Services {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  createUser(user: { email: string; name: string }, call: Call): Promise<{ id: string }> {
    return this.#post("/users", user, call);
  }
  sendEmail(email: { to: string; subject: string; text: string }, call: Call): Promise<{ id: string }> {
    return this.#post("/emails", email, call);
  }
  joinMailingList(member: { list: string; email: string }, call: Call): Promise<{ id: string }> {
    return this.#post("/mailing-list", member, call);
  }
  fileReport(report: { userId: string; email: string }, call: Call): Promise<{ id: string }> {
    return this.#post("/reports", report, call);
  }
  createContact(contact: { email: string; company: string }, call: Call): Promise<{ id: string }> {
    return this.#post("/contacts", contact, call);
  }
  scheduleCall(call: { contactId: string }, by: Call): Promise<{ id: string }> {
    return this.#post("/calls", call, by);
  }

  async #post(path: string, body: object, { idempotencyKey, signal }: Call): Promise<{ id: string }> {
    const response = await fetch(this.#url + path, {
      method: "POST",
      // A step runs at least once. The key is the same each time, so that the service can tell.
      headers: { "content-type": "application/json", "idempotency-key": idempotencyKey, "user-agent": `signup-worker/${process.pid}` },
      body: JSON.stringify(body),
      signal,
    });
    if (response.ok) return (await response.json()) as { id: string };
    const problem = `POST ${path}: ${response.status} ${await response.text()}`;
    const retryAfter = response.headers.get("retry-after");
    if (retryAfter !== null) throw new RetryAfterError(problem, Number(retryAfter) * 1_000);
    if (response.status >= 400 && response.status < 500) throw new NonRetriableError(problem);
    throw new Error(problem);
  }
}
