// The HTTP API of a server, as commands use it. What goes wrong has a code, and says what to do next.
import { setTimeout as sleep } from "node:timers/promises";
import type { Problem } from "../../server/contract/words.ts";
import { CliError } from "../cli-error.ts";
import { ApiError } from "./api-error.ts";
import type { TellAgain } from "./asked-again.ts";
import { REDIRECTED } from "./unheard.ts";

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Where {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | null;
}

/** Of a request that reads. */
const ATTEMPTS = 5;
/** After which none begins. */
const AGAIN_MS = 60_000;
const LONGEST_WAIT_S = 10;
/** For a whole answer; longer than a server takes for one, as its limits usually are. */
const PATIENCE_MS = 90_000;

export interface ApiClientOptions {
  /** For a whole answer. */
  readonly patienceMs?: number;
  /** At the first repeat of a request. Default: nobody is told. */
  readonly onAgain?: TellAgain;
  readonly monotonicMs?: () => number;
}

export class ApiClient {
  readonly where: Where;
  readonly #patienceMs: number;
  readonly #onAgain: TellAgain;
  readonly #monotonicMs: () => number;

  constructor(
    where: Where,
    { patienceMs = PATIENCE_MS, onAgain = () => {}, monotonicMs = () => performance.now() }: ApiClientOptions = {},
  ) {
    this.where = where;
    this.#patienceMs = patienceMs;
    this.#onAgain = onAgain;
    this.#monotonicMs = monotonicMs;
  }

  /** `at`: below `/api/v1`. Tries again for a minute where the server says that it will do later. @throws ApiError; CliError `CLI_NO_SERVER`, `CLI_NOT_MILLRACE` */
  async get<Answer>(at: string, query: Query = {}, signal?: AbortSignal): Promise<Answer> {
    const until = this.#monotonicMs() + AGAIN_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#ask<Answer>(at + queryText(query), { method: "GET", signal: signal ?? null });
      } catch (error) {
        if (!(error instanceof ApiError) || !error.isPassing || attempt === ATTEMPTS) throw error;
        const waitMs = 1_000 * Math.min(LONGEST_WAIT_S, error.retryAfter ?? attempt);
        if (this.#monotonicMs() + waitMs > until) throw error;
        if (attempt === 1) this.#onAgain(error, `at most ${ATTEMPTS - 1} times, and for a minute`);
        await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
      }
    }
  }

  /** Once: whether it was carried out is not known where no answer comes. @throws as `get` */
  post<Answer>(at: string, body: unknown = {}, signal?: AbortSignal): Promise<Answer> {
    const headers = { "content-type": "application/json" };
    return this.#ask<Answer>(at, { method: "POST", body: JSON.stringify(body), headers, signal: signal ?? null });
  }

  /** The bytes of what has no end. @throws as `get` */
  async stream(at: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#answer(at, { method: "GET", signal });
    if (body === null) throw notMillrace(this.where.url, "its answer is empty");
    return body;
  }

  async #ask<Answer>(at: string, { signal, ...request }: RequestInit): Promise<Answer> {
    const late = AbortSignal.timeout(this.#patienceMs);
    const response = await this.#answer(at, { ...request, signal: signal ? AbortSignal.any([signal, late]) : late }).catch(
      (cause: unknown) => {
        throw late.aborted && signal?.aborted !== true ? this.#silent(cause) : cause;
      },
    );
    try {
      return (await response.json()) as Answer;
    } catch (cause) {
      if (signal?.aborted === true) throw cause;
      // Else it broke off.
      if (!(cause instanceof SyntaxError)) throw late.aborted ? this.#silent(cause) : unreachable(this.where.url, cause);
      throw notMillrace(this.where.url, "its answer is not JSON", cause);
    }
  }

  #silent(cause: unknown): CliError {
    const message = `${this.where.url} was asked, and has not answered in ${this.#patienceMs / 1_000} s (timeout): what it was asked to do may be done, or not`;
    return new CliError("CLI_NO_SERVER", message, { cause });
  }

  async #answer(at: string, { headers, ...request }: RequestInit): Promise<Response> {
    const { url, token } = this.where;
    const own = { accept: "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
    let response: Response;
    try {
      const sent = { ...own, ...(headers as Record<string, string> | undefined) };
      // Followed, what is asked to be done would be asked for as something to read.
      response = await fetch(`${url}/api/v1${at}`, { ...request, headers: sent, redirect: "manual" });
    } catch (cause) {
      if (request.signal?.aborted === true) throw cause;
      throw unreachable(url, cause);
    }
    if (response.ok) return response;
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) throw leadsElsewhere(url, location);
    throw apiErrorOf(url, response.status, response.headers.get("retry-after"), await response.text());
  }
}

/** Of an answer that is no success. */
export function apiErrorOf(url: string, status: number, retryAfter: string | null, text: string): ApiError | CliError {
  const problem = problemIn(text);
  if (problem === null) return notMillrace(url, `it answers ${status}`);
  const seconds = Number(retryAfter);
  const here = HERE[problem.code];
  const told = here === undefined ? problem : { ...problem, detail: `${problem.detail}. ${here}` };
  return new ApiError(told, retryAfter === null || Number.isNaN(seconds) ? null : seconds);
}

/** What a server says of its requests, in the words of commands. */
const HERE: Readonly<Record<string, string>> = {
  NOT_AUTHENTICATED: "This command takes a token by --token or MILLRACE_TOKEN",
  RERUN_NOT_OVER: "On the command line that is --cancel",
};

export function unreachable(url: string, cause: unknown): CliError {
  return new CliError(
    "CLI_NO_SERVER",
    `no server answers at ${url}${reasonOf(cause)}. Start one with \`millrace dev\` or \`millrace start\`, or say where it is with --server or MILLRACE_SERVER`,
    { cause },
  );
}

function leadsElsewhere(url: string, location: string): CliError {
  const [other = location] = (URL.canParse(location, url) ? new URL(location, url).href : location).split("/api/v1");
  const cause = new Error(`redirected to ${other}`, { cause: Object.assign(new Error("redirected"), { code: REDIRECTED }) });
  return new CliError("CLI_NOT_MILLRACE", `${url} leads to ${other}. If that is your server, say so: --server ${other}`, { cause });
}

function notMillrace(url: string, why: string, cause?: unknown): CliError {
  return new CliError("CLI_NOT_MILLRACE", `what answers at ${url} is no server of Millrace: ${why}. Say where it is with --server`, {
    cause,
  });
}

function problemIn(text: string): Problem | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "code" in value && "detail" in value ? (value as Problem) : null;
  } catch {
    return null;
  }
}

/** `fetch` has the reason as the cause of what it throws. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return "";
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : inner.message;
  return code === "" ? "" : ` (${code})`;
}

function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}

/** One part of a path. */
export function part(id: string): string {
  return encodeURIComponent(id);
}
