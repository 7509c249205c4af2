// What every answer tells the browser not to do.
import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./api.ts";

/** Nothing inline, nothing from elsewhere: what a hostile payload might smuggle into a page is not executed, and could tell nobody. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function securityHeaders(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next();
    c.header("content-security-policy", POLICY);
    c.header("x-content-type-options", "nosniff");
    c.header("x-frame-options", "DENY");
    c.header("referrer-policy", "no-referrer");
    c.header("cross-origin-opener-policy", "same-origin");
    c.header("cross-origin-resource-policy", "same-origin");
    // Payloads stay in no cache, of a browser or on the way.
    if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
  };
}
