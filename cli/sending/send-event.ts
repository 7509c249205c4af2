// One event, again while the log is slow: with its id it counts once. Where it comes to nothing, it says whether the event may be in the log.
import { setTimeout as sleep } from "node:timers/promises";
import type { EventToSend, SentEvents } from "../../server/contract/events.ts";
import { advised, retold } from "../client/advised.ts";
import type { ApiClient } from "../client/api-client.ts";
import { ApiError } from "../client/api-error.ts";
import type { TellAgain } from "../client/asked-again.ts";
import { mayBeSent } from "../client/unheard.ts";

export interface SendEvent {
  /** The command that sends it under the same id. */
  readonly again: string;
  readonly signal: AbortSignal;
  /** Once, at the first repeat. */
  readonly onAgain: TellAgain;
}

const ATTEMPTS = 5;

export function doubtOf(again: string): string {
  return `The event may be in the log, or not: this sends it so that it counts once: ${again}`;
}

/** `event`: with an id. @throws as `ApiClient.post` */
export async function sendEvent(
  client: Pick<ApiClient, "post">,
  event: EventToSend,
  { again, signal, onAgain }: SendEvent,
): Promise<SentEvents> {
  /** Of the first attempt of which nobody knows what came of it. */
  let unknown: unknown = null;
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.post<SentEvents>("/events", event, signal);
    } catch (error) {
      if (mayBeSent(error)) unknown ??= error;
      if (!(error instanceof ApiError) || !error.isPassing || attempt === ATTEMPTS) throw told(error, unknown, again);
      if (attempt === 1) onAgain(error, `at most ${ATTEMPTS - 1} times`);
      await sleep(1_000 * (error.retryAfter ?? attempt), undefined, { signal });
    }
  }
}

/** `unknown`: null where each attempt was said no to, or heard by nobody. */
function told(error: unknown, unknown: unknown, again: string): unknown {
  if (mayBeSent(error)) return advised(error, doubtOf(again));
  // What it says of itself, that nothing was sent, is not said of those before it.
  if (unknown !== null) return retold(error, (words) => `${before(unknown)}; the last attempt was refused (${words}). ${doubtOf(again)}`);
  return error instanceof ApiError && error.isPassing ? advised(error, `To send it later: ${again}`) : error;
}

function before(unknown: unknown): string {
  const code = unknown instanceof Error && "code" in unknown && typeof unknown.code === "string" ? ` (${unknown.code})` : "";
  return `what came of an earlier attempt is not known${code}`;
}
