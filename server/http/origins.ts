// Which pages may ask. Other sites' may not, unless they are named; and where there is no login, neither may a page that had a name of its own lead
// to this machine (DNS rebinding), since to the browser it is then the same site.
import type { Context, MiddlewareHandler } from "hono";
import type { ApiEnv } from "./api.ts";
import { ServerError } from "./server-error.ts";

const THIS_MACHINE = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;
/** Those of traces: events belong to the trace of the request that sends them. */
const HEADERS = "authorization, content-type, last-event-id, traceparent, tracestate";
const METHODS = "GET, POST, OPTIONS";
const EXPOSED = "retry-after";
const MAX_AGE_SECONDS = "600";

/** @throws ServerError `HOST_NOT_ALLOWED` */
export function onlyThisMachine(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const host = c.req.header("host") ?? "";
    if (!THIS_MACHINE.test(host)) {
      throw new ServerError(
        "HOST_NOT_ALLOWED",
        `without a login only this machine may ask, as localhost or 127.0.0.1, not as "${host}". \`millrace start --tokens\` is for others`,
      );
    }
    await next();
  };
}

/**
 * `allowed`: origins of pages that may ask, such as `https://ops.example.com`. `isOpen`: there is no login, so that nothing else would keep others'
 * pages from doing things. @throws ServerError `ORIGIN_NOT_ALLOWED`
 */
export function origins(allowed: readonly string[], { isOpen }: { readonly isOpen: boolean }): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const origin = c.req.header("origin");
    const isAllowed = origin !== undefined && allowed.includes(origin);
    if (isOpen && !isAllowed && isForeign(c, origin)) {
      throw new ServerError(
        "ORIGIN_NOT_ALLOWED",
        `a page of ${origin ?? "another site"} may not ask here. Name it with \`--cors\` if it may`,
      );
    }
    if (isAllowed) {
      c.header("access-control-allow-origin", origin);
      c.header("access-control-expose-headers", EXPOSED);
      c.header("vary", "origin", { append: true });
    }
    if (c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined) return preflight(c, isAllowed);
    return next();
  };
}

/** Without the headers that would allow it, the browser does not ask any further. */
function preflight(c: Context, isAllowed: boolean): Response {
  if (isAllowed) {
    c.header("access-control-allow-methods", METHODS);
    c.header("access-control-allow-headers", HEADERS);
    c.header("access-control-max-age", MAX_AGE_SECONDS);
  }
  return c.body(null, 204);
}

/** Browsers say so themselves; what is no browser says neither. */
function isForeign(c: Context, origin: string | undefined): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  return origin !== undefined && origin !== `http://${c.req.header("host") ?? ""}`;
}
