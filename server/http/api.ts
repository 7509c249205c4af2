// The API that resources are mounted on: hono with zod, and who calls.
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Scope } from "../contract/words.ts";
import type { Actor } from "../served-app.ts";
import type { Patience } from "./answered-in-time.ts";
import type { Bodies } from "./bodies.ts";
import { faultsOf } from "./faults.ts";
import type { Arriving } from "./unread-body.ts";

export interface ApiEnv {
  Bindings: {
    /** Of a request that came by a port. */
    incoming?: Arriving;
  };
  Variables: {
    /** Name of the token; `dev` where none is needed. */
    actor: Actor;
    scopes: readonly Scope[];
    /** Whether the caller still has that scope: for what goes on for long, since a token may be revoked meanwhile. */
    stillMay: (scope: Scope) => boolean;
    bodies: Bodies;
    patience: Patience;
  };
}

export type Api = OpenAPIHono<ApiEnv>;
export type ApiContext = Context<ApiEnv>;

export function newApi(): Api {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      throw faultsOf(PLACES[result.target], result.error);
    },
  });
}

const PLACES = { json: "body", form: "body", query: "query", param: "path", header: "header", cookie: "cookie" } as const;

export function actorOf(c: ApiContext): Actor {
  return c.get("actor");
}

/** Whether the caller may see data of events, outputs and errors' texts: where not, they are null. */
export function seesPayloads(c: ApiContext): boolean {
  return c.get("scopes").includes("payloads");
}
