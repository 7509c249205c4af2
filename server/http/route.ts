// A route of the API, with what it needs of who calls: the way in which every resource declares its own.
import { createRoute, type RouteConfig } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { Problem, type Scope } from "../contract/words.ts";
import type { ApiEnv } from "./api.ts";
import { ServerError } from "./server-error.ts";

/** As `createRoute`. Whoever calls without a token, or with one that lacks `scope`, is refused before anything of the request is looked at. */
export function route<Path extends string, Config extends Omit<RouteConfig, "path"> & { path: Path }>(scope: Scope, config: Config) {
  // Problems are thrown, not returned: what a handler returns is typed by the responses that the resource declares.
  const declared: Config = {
    ...config,
    security: [{ token: [scope] }],
    middleware: [needs(scope)],
    responses: { ...config.responses, default: PROBLEM },
  };
  return createRoute<Path, Config>(declared);
}

/** `content` of a response or a request's body. */
export function json<Schema>(schema: Schema): { readonly "application/json": { readonly schema: Schema } } {
  return { "application/json": { schema } };
}

const PROBLEM = {
  description: "What went wrong, by RFC 9457",
  content: { "application/problem+json": { schema: Problem } },
} as const;

function needs(scope: Scope): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (!c.get("scopes").includes(scope)) {
      throw new ServerError(
        "NOT_ALLOWED",
        `the token "${c.get("actor")}" may not do this: it lacks the scope "${scope}". Make one that has it with \`millrace token create\``,
      );
    }
    await next();
  };
}
