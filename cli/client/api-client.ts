// The HTTP API of a server, as commands use it. What goes wrong has a code, and says what to do next.
import { setTimeout as sleep } from "node:timers/promises";
import type { Problem } from "../../server/contract/words.ts";
import { CliError } from "../cli-error.ts";
import { ApiError } from "./api-error.ts";

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Where {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | null;
}

/** Of a request that reads. */
const ATTEMPTS = 5;
const LONGEST_WAIT_S = 10;

export class ApiClient {
  readonly where: Where;

  constructor(where: Where) {
    this.where = where;
  }

  /** `at`: below `/api/v1`. Tries again where the server says that it will do later. @throws ApiError; CliError `CLI_NO_SERVER`, `CLI_NOT_MILLRACE` */
  async get<Answer>(at: string, query: Query = {}, signal?: AbortSignal): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#ask<Answer>(at + queryText(query), { method: "GET", signal: signal ?? null });
      } catch (error) {
        if (!(error instanceof ApiError) || !error.isPassing || attempt === ATTEMPTS) throw error;
        await sleep(1_000 * Math.min(LONGEST_WAIT_S, error.retryAfter ?? attempt), undefined, signal === undefined ? {} : { signal });
      }
    }
  }

  /** Once: whether it was carried out is not known where no answer comes. @throws as `get` */
  post<Answer>(at: string, body: unknown = {}): Promise<Answer> {
    return this.#ask<Answer>(at, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  }

  /** The bytes of what has no end. @throws as `get` */
  async stream(at: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#answer(at, { method: "GET", signal });
    if (body === null) throw notMillrace(this.where.url, "its answer is empty");
    return body;
  }

  async #ask<Answer>(at: string, request: RequestInit): Promise<Answer> {
    const response = await this.#answer(at, request);
    try {
      return (await response.json()) as Answer;
    } catch (cause) {
      throw notMillrace(this.where.url, "its answer is not JSON", cause);
    }
  }

  async #answer(at: string, { headers, ...request }: RequestInit): Promise<Response> {
    const { url, token } = this.where;
    const own = { accept: "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
    let response: Response;
    try {
      response = await fetch(`${url}/api/v1${at}`, { ...request, headers: { ...own, ...(headers as Record<string, string> | undefined) } });
    } catch (cause) {
      if (request.signal?.aborted === true) throw cause;
      throw unreachable(url, cause);
    }
    if (response.ok) return response;
    throw apiErrorOf(url, response.status, response.headers.get("retry-after"), await response.text());
  }
}

/** Of an answer that is no success. */
export function apiErrorOf(url: string, status: number, retryAfter: string | null, text: string): ApiError | CliError {
  const problem = problemIn(text);
  if (problem === null) return notMillrace(url, `it answers ${status}`);
  const seconds = Number(retryAfter);
  return new ApiError(problem, retryAfter === null || Number.isNaN(seconds) ? null : seconds);
}

export function unreachable(url: string, cause: unknown): CliError {
  return new CliError(
    "CLI_NO_SERVER",
    `no server answers at ${url}${reasonOf(cause)}. Start one with \`millrace dev\` or \`millrace start\`, or say where it is with --server or MILLRACE_SERVER`,
    { cause },
  );
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
