// The server of an app: its API, put together, on a port.
//
//   request ──▶ who is it? ──▶ may they? ──▶ is it well-formed? ──▶ a resource
import { createAdaptorServer, type ServerType } from "@hono/node-server";
import type { AddressInfo } from "node:net";
import { systemClock, type Clock } from "../engine/core/clock.ts";
import type { Logger } from "../engine/observability/logger.ts";
import { AuditLog } from "./audit/audit-log.ts";
import { SCOPES } from "./contract/words.ts";
import { newApi, type Api } from "./http/api.ts";
import { answerProblem } from "./http/problem.ts";
import { ServerError } from "./http/server-error.ts";
import { Hub } from "./live-hub.ts";
import { RunningOperations } from "./operations.ts";
import { mountResources } from "./resources.ts";
import type { LiveHub, ServedApp } from "./served-app.ts";

export interface ServerOptions {
  /** `dev`: no login, and only this machine may ask. */
  readonly mode: "dev" | "start";
  /** Of the package. */
  readonly version: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface Server {
  readonly live: LiveHub;
  /** As a browser's `fetch`, without a port. */
  fetch(request: Request): Promise<Response>;
  /** Resolves with the address when it listens. */
  listen(at: { readonly port: number; readonly host: string }): Promise<{ readonly port: number; readonly url: string }>;
  /** Stops operations, ends streams, lets requests end. Idempotent. */
  close(): Promise<void>;
}

const API = "/api/v1";

export function createServer(served: ServedApp, options: ServerOptions): Server {
  const { logger, clock = systemClock } = options;
  const live = new Hub();
  const operations = new RunningOperations({ live, clock, logger });
  const tools = { audit: new AuditLog(served.log, served.topics), operations, live };
  const app = newApi();
  app.onError((error, c) => answerProblem(c, error, logger));
  app.notFound((c) => answerProblem(c, new ServerError("NOT_FOUND", `there is nothing at ${c.req.path}`), logger));
  app.use(`${API}/*`, async (c, next) => {
    c.set("actor", "dev");
    c.set("scopes", SCOPES);
    await next();
  });
  const api = newApi();
  mountResources(api, served, tools);
  app.route(API, api);
  describe(app, options);

  let server: ServerType | null = null;
  return {
    live,
    fetch: async (request) => app.fetch(request),
    async listen({ port, host }) {
      const made = createAdaptorServer({ fetch: app.fetch });
      server = made;
      await new Promise<void>((resolve, reject) => {
        made.once("error", reject);
        made.listen(port, host, () => resolve());
      });
      const { port: actual } = made.address() as AddressInfo;
      return { port: actual, url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}` };
    },
    async close() {
      await operations.close();
      const open = server;
      if (open !== null) await new Promise<void>((resolve) => open.close(() => resolve()));
    },
  };
}

function describe(app: Api, { version }: ServerOptions): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  app.doc31(`${API}/openapi.json`, { openapi: "3.1.0", info: { title: "Millrace", version } });
}
