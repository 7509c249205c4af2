// What a server says in its log of the requests that it could not answer, and of those that it refused to let in. Whoever asks can make it fail, or
// guess at tokens, as often as they like: so of each kind it says some lines, and how many it left out.
import type { Context } from "hono";
import type { Clock } from "../../engine/core/clock.ts";
import type { Logger } from "../../engine/observability/logger.ts";

export interface AnswerLogOptions {
  readonly logger: Logger;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** What became of a request. */
export interface Answered {
  readonly status: number;
  readonly code: string;
  /** What was thrown. */
  readonly error: unknown;
}

/** Of each code at once. */
const BURST = 10;
/** Then one in so long. */
const EACH_MS = 2_000;
/** Of an error, its cause, the cause of that … */
const MAX_CAUSES = 5;

interface Kind {
  left: number;
  at: number;
  unsaid: number;
}

export class AnswerLog {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** By code: those are a few. */
  readonly #kinds = new Map<string, Kind>();

  constructor({ logger, clock }: AnswerLogOptions) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Says nothing of what is the caller's affair alone. Never the token that was given. */
  answered(c: Context, { status, code, error }: Answered): void {
    const isRefused = status === 401 || status === 403;
    if (!isRefused && status < 500) return;
    const unsaid = this.#take(code);
    if (unsaid === null) return;
    const asked = { code, status, method: c.req.method, path: c.req.path, ...(unsaid === 0 ? {} : { unsaid }) };
    if (isRefused) {
      const who = { actor: actorOf(c), from: addressOf(c), hasToken: c.req.header("authorization") !== undefined };
      this.#logger.warn({ ...asked, ...who }, "a request was refused");
    } else {
      const fields = { ...asked, err: told(error) };
      // What passes by itself is no failure of this server.
      if (status === 503) this.#logger.warn(fields, "a request could not be answered for now");
      else this.#logger.error(fields, "the server failed to answer a request");
    }
  }

  /** How many lines were left out since the last one; null: this one is, too. */
  #take(code: string): number | null {
    const now = this.#clock.monotonicMs();
    const kind = this.#kinds.get(code) ?? { left: BURST, at: now, unsaid: 0 };
    this.#kinds.set(code, kind);
    kind.left = Math.min(BURST, kind.left + (now - kind.at) / EACH_MS);
    kind.at = now;
    if (kind.left < 1) {
      kind.unsaid += 1;
      return null;
    }
    const { unsaid } = kind;
    kind.left -= 1;
    kind.unsaid = 0;
    return unsaid;
  }
}

/** Null: who it was is not known. */
function actorOf(c: Context): string | null {
  const actor: unknown = c.get("actor");
  return typeof actor === "string" ? actor : null;
}

/** As Node's server tells it: of a proxy, where there is one before this server. Null without a port. */
function addressOf(c: Context): string | null {
  const { incoming } = (c.env ?? {}) as { readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } } };
  return incoming?.socket?.remoteAddress ?? null;
}

/** What else an error has may be what people sent. */
function told(error: unknown): object {
  const causes: string[] = [];
  for (
    let one: unknown = error;
    one !== undefined && one !== null && causes.length < MAX_CAUSES;
    one = one instanceof Error ? one.cause : null
  ) {
    causes.push(one instanceof Error ? (one.stack ?? `${one.name}: ${one.message}`) : typeof one === "string" ? one : typeof one);
  }
  const [type, message] = error instanceof Error ? [error.name, error.message] : ["", String(causes[0])];
  return { type, message, stack: causes.join("\ncaused by: ") };
}
