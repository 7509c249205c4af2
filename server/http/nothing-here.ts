// What no resource answers: another method of an address that there is, the dashboard's pages, or nothing.
import type { Context } from "hono";
import type { AnswerLog } from "./answer-log.ts";
import type { Dashboard } from "./dashboard.ts";
import { answerProblem } from "./problem.ts";
import { ServerError } from "./server-error.ts";

export interface KnownPlaces {
  /** OpenAPI. */
  readonly document: { readonly paths?: Readonly<Record<string, object>> | undefined };
  readonly dashboard: Dashboard | null;
  readonly log: AnswerLog;
}

const NO_PAGES = /^\/(api|health|metrics)(\/|$)/;

export function nothingHere(c: Context, { document, dashboard, log }: KnownPlaces): Response {
  const { method, path } = c.req;
  const methods = methodsAt(document.paths ?? {}, path);
  if (methods.length > 0) {
    c.header("allow", methods.join(", "));
    const message = `${method} is not possible at ${path}; ${methods.join(", ")} ${methods.length === 1 ? "is" : "are"}`;
    return answerProblem(c, new ServerError("METHOD_NOT_ALLOWED", message), log);
  }
  const isPage = (method === "GET" || method === "HEAD") && !NO_PAGES.test(path);
  const page = isPage ? (dashboard?.answer(c) ?? null) : null;
  return page ?? answerProblem(c, new ServerError("NOT_FOUND", `there is nothing at ${path}`), log);
}

/** As OpenAPI has the addresses: `/api/v1/runs/{id}`. */
function methodsAt(paths: Readonly<Record<string, object>>, path: string): readonly string[] {
  const given = path.split("/");
  const methods = Object.entries(paths).flatMap(([template, operations]) => {
    const parts = template.split("/");
    const isIt = parts.length === given.length && parts.every((part, index) => part.startsWith("{") || part === given[index]);
    return isIt ? Object.keys(operations).map((method) => method.toUpperCase()) : [];
  });
  return [...new Set(methods)].filter((method) => METHODS.has(method)).toSorted();
}

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
