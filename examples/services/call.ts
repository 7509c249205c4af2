// Calls a service over HTTP from within a step. What a status means for retries is decided here, once.
import { NonRetriableError, RetryAfterError, type StepContext } from "millrace";

/** What a call needs of the step that makes it. */
export type Call = Pick<StepContext, "idempotencyKey" | "signal">;

/** @throws NonRetriableError, RetryAfterError; Error where trying again may help */
export async function post(url: string, body: object, { idempotencyKey, signal }: Call): Promise<{ readonly id: string }> {
  const response = await fetch(url, {
    method: "POST",
    // A step runs at least once. The key is the same each time, so that the service can tell.
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey, "user-agent": `worker/${process.pid}` },
    body: JSON.stringify(body),
    signal,
  });
  if (response.ok) return (await response.json()) as { id: string };
  const problem = `POST ${new URL(url).pathname}: ${response.status} ${await response.text()}`;
  const retryAfter = response.headers.get("retry-after");
  if (retryAfter !== null) throw new RetryAfterError(problem, Number(retryAfter) * 1_000);
  if (response.status >= 400 && response.status < 500) throw new NonRetriableError(problem);
  throw new Error(problem);
}

/** How much a service did so far. */
export async function count(url: string, { signal }: Pick<Call, "signal">): Promise<number> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`GET ${new URL(url).pathname}: ${response.status}`);
  return ((await response.json()) as { count: number }).count;
}
