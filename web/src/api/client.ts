// Requests to the server that this page came from: the token goes along, problems come back as errors.
import { ApiProblem, problemOf } from "./problem.ts";
import { noteServerTime } from "./server-clock.ts";
import { refuse, session } from "./session.ts";

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

interface Asked {
  readonly query?: Query;
  /** Goes out as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const BASE = "/api/v1";

/** `path` begins behind `/api/v1`. @throws ApiProblem; what `signal` says when it is aborted */
export async function get<Answer>(path: string, { query, signal }: Omit<Asked, "body"> = {}): Promise<Answer> {
  return (await (await ask("GET", path, { ...(query && { query }), ...(signal && { signal }) })).json()) as Answer;
}

/** @throws ApiProblem */
export async function post<Answer>(path: string, asked: Asked = {}): Promise<Answer> {
  return (await (await ask("POST", path, asked)).json()) as Answer;
}

/** The answer as it comes, for what is a stream. @throws ApiProblem */
export async function ask(method: "GET" | "POST", path: string, { query = {}, body, signal }: Asked): Promise<Response> {
  const { token } = session.get();
  const response = await fetch(`${BASE}${path}${searchOf(query)}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiProblem({ status: 0, code: "NO_ANSWER", detail: "The server does not answer. Is millrace running?" });
  });
  noteServerTime(response.headers.get("date"));
  if (response.ok) return response;
  const problem = await problemOf(response);
  // Another tab, or a login since then, may have a token that is good.
  if (isRefusal(response.status, path) && token !== null && session.get().token === token) refuse(problem.message);
  throw problem;
}

/** A token that may not even ask what there is has nothing to see on any page: another one is wanted. */
function isRefusal(status: number, path: string): boolean {
  return status === 401 || (status === 403 && path === "/app");
}

/** Ids may contain slashes, and anything else. */
export function segment(id: string): string {
  return encodeURIComponent(id);
}

function searchOf(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}
