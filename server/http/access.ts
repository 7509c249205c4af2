// Who calls: by a token, or, where none is needed, whoever is on this machine.
import type { MiddlewareHandler } from "hono";
import { SCOPES } from "../contract/words.ts";
import type { Bearer, Tokens } from "../tokens/watched-tokens.ts";
import type { ApiEnv } from "./api.ts";
import type { RateLimit } from "./rate-limit.ts";
import { ServerError } from "./server-error.ts";

/** `open`: no login. Then only requests to names of this machine, and from pages of this server, are answered. */
export type Access = { readonly kind: "open" } | { readonly kind: "tokens"; readonly tokens: Tokens };

/** Who needs no token. */
export const NO_LOGIN = "dev";

const BEARER = /^Bearer +(\S+) *$/i;

export function authenticated(access: Access, rates: RateLimit): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (access.kind === "open") {
      c.set("actor", NO_LOGIN);
      c.set("scopes", SCOPES);
      c.set("stillMay", () => true);
      return next();
    }
    const { tokens } = access;
    const token = tokenOf(c.req.header("authorization"));
    const { name, scopes, perSecond } = bearerOf(tokens, token);
    rates.take(name, perSecond);
    c.set("actor", name);
    c.set("scopes", scopes);
    c.set("stillMay", (scope) => {
      const verdict = tokens.verify(token);
      return verdict.kind === "known" && verdict.bearer.scopes.includes(scope);
    });
    await next();
  };
}

function tokenOf(header: string | undefined): string {
  const token = BEARER.exec(header ?? "")?.[1];
  if (token !== undefined) return token;
  throw new ServerError(
    "NOT_AUTHENTICATED",
    "a token is needed: send it as `authorization: Bearer mr_…`. `millrace token create` makes one",
  );
}

function bearerOf(tokens: Tokens, token: string): Bearer {
  const verdict = tokens.verify(token);
  switch (verdict.kind) {
    case "known":
      return verdict.bearer;
    case "expired":
      throw new ServerError("NOT_AUTHENTICATED", `the token "${verdict.name}" has expired: make a new one with \`millrace token create\``);
    case "unknown":
      throw new ServerError("NOT_AUTHENTICATED", "this token is not known here: it was revoked, or belongs to another server");
  }
}
