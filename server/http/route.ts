// A route of the API, with what it needs of who calls: the way in which every resource declares its own.
import { createRoute, type RouteConfig } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { Problem, z, type Scope } from "../contract/words.ts";
import { answeredInTime } from "./answered-in-time.ts";
import type { ApiEnv } from "./api.ts";
import { ServerError } from "./server-error.ts";

/**
 * As `createRoute`. Whoever calls without a token, or with one that lacks `scope`, is refused before anything of the request is looked at.
 * `waits: "as asked"`: the caller says for how long, so that it is not told that the log is slow.
 */
export function route<Path extends string, Config extends Omit<RouteConfig, "path"> & { path: Path }>(
  scope: Scope,
  config: Config,
  waits: "for the log" | "as asked" = "for the log",
) {
  const inTime = waits === "for the log" ? [answeredInTime] : [];
  // Problems are thrown, not returned: what a handler returns is typed by the responses that the resource declares.
  const body = config.request?.body;
  const declared: Config = {
    ...config,
    ...(body === undefined ? {} : { request: { ...config.request, body: { ...body, required: isNeeded(body) } } }),
    security: [{ token: [scope] }],
    middleware: [needs(scope), ...(body === undefined ? [] : [withBody]), ...inTime],
    responses: { ...config.responses, default: PROBLEM },
  };
  return createRoute<Path, Config>(declared);
}

/** `content` of a response or a request's body. */
export function json<Schema>(schema: Schema): { readonly "application/json": { readonly schema: Schema } } {
  return { "application/json": { schema } };
}

export const PROBLEM = {
  description: "What went wrong, by RFC 9457",
  content: { "application/problem+json": { schema: Problem } },
} as const;

/** Read before it is parsed, so that its bounds count. None at all stands for an object that says nothing. */
export const withBody: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { text, release } = await c.get("bodies").read(c.req.raw, c.get("actor"));
  try {
    const isTyped = c.req.header("content-type") !== undefined;
    if (text !== "" && !isTyped) throw new ServerError("UNSUPPORTED_MEDIA_TYPE", NO_TYPE);
    if (!isTyped) c.req.raw = withEmptyObject(c.req.raw);
    // As hono keeps what it has read: its own type says the text, and it waits for the promise of it.
    Object.assign(c.req.bodyCache, { text: Promise.resolve(isTyped ? text : EMPTY) });
    await next();
  } finally {
    release();
  }
};

const EMPTY = "{}";

function withEmptyObject({ url, method, headers, signal }: Request): Request {
  const all = new Headers([...headers, ["content-type", "application/json"]]);
  return new Request(url, { method, headers: all, signal, body: EMPTY });
}

type Body = NonNullable<NonNullable<RouteConfig["request"]>["body"]>;

/** Whether an object that says nothing would not do. */
function isNeeded({ content }: Body): boolean {
  const media = content["application/json"];
  const schema = media !== undefined && "schema" in media ? media.schema : null;
  return !(schema instanceof z.ZodType && schema.safeParse({}).success);
}

const NO_TYPE = "what the body is has to be said: send `content-type: application/json`";

export function needs(scope: Scope): MiddlewareHandler<ApiEnv> {
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
