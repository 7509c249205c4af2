// A real app on an embedded log with its server on a real port, for tests of the API.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Millrace } from "../../../engine/sdk/millrace.ts";
import { silentPino } from "../../../engine/sdk/testing.ts";
import type { Log } from "../../../engine/log/log.ts";
import { silentLogger, type Logger } from "../../../engine/observability/logger.ts";
import { createServer, type Server, type ServerOptions } from "../../../server/app.ts";
import { Hub } from "../../../server/live-hub.ts";
import type { ServedApp } from "../../../server/served-app.ts";
import { openWholeHistory, type WholeHistory } from "../../../server/whole-history.ts";

export interface ServedShop extends AsyncDisposable {
  readonly app: Millrace;
  readonly log: Log;
  readonly server: Server;
  readonly history: WholeHistory;
  readonly served: ServedApp;
  readonly url: string;
  readonly port: number;
  /** Asks the API, e.g. `ask("GET", "/runs")`. */
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** As JSON. */
  readonly body: unknown;
}

export interface ShopWishes {
  readonly options?: Partial<ServerOptions>;
  /** Declares its functions. Default: one, `order`, of two steps. */
  readonly declare?: (app: Millrace) => void;
  /** In place of the embedded one. */
  readonly log?: Log;
  readonly logger?: Logger;
  readonly partitions?: number;
  /** Data of subjects is sealed. */
  readonly erasable?: true;
  /** Where the log, and the history beside it, are kept; then they stay. */
  readonly directory?: string;
  readonly send?: { readonly timeoutMs?: number };
}

export async function serveShop(wishes: ShopWishes = {}): Promise<ServedShop> {
  const directory = wishes.directory ?? mkdtempSync(path.join(tmpdir(), "millrace-served-"));
  const { logger = silentLogger, partitions = 2 } = wishes;
  const app = new Millrace(
    {
      id: "shop",
      partitions,
      logger: silentPino,
      ...(wishes.log === undefined ? { log: { kind: "embedded", path: path.join(directory, "log") } } : {}),
      ...(wishes.send === undefined ? {} : { send: wishes.send }),
      ...(wishes.erasable && { erasable: true }),
    },
    wishes.log === undefined ? {} : { log: wishes.log },
  );
  (wishes.declare ?? declareOrder)(app);
  await app.start();
  const { log } = await app.parts.connect();
  const { topics } = app.parts;
  const live = new Hub();
  const history = await openWholeHistory({ file: path.join(directory, "history.db"), log, topics, partitions, live, logger });
  const served: ServedApp = {
    id: app.id,
    app,
    sealing: app.parts.sealing,
    code: { module: "shop.ts", parts: app.parts },
    log,
    topics,
    partitions,
    history: history.database,
  };
  const server = createServer(served, {
    mode: "dev",
    access: { kind: "open" },
    version: "0.0.0",
    logger,
    live,
    history,
    ...wishes.options,
  });
  const { url, port } = await server.listen({ port: 0, host: "127.0.0.1" });
  const dispose = async (): Promise<void> => {
    await server.close();
    await history.close();
    await app.stop();
    if (wishes.directory === undefined) rmSync(directory, { recursive: true, force: true });
  };
  return {
    app,
    log,
    server,
    history,
    served,
    url,
    port,
    ask: (method, at, body, headers) => ask(`${url}/api/v1${at}`, method, body, headers),
    [Symbol.asyncDispose]: dispose,
  };
}

async function ask(url: string, method: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson =
    response.headers.get("content-type")?.includes("json") === true && !response.headers.get("content-type")?.includes("ndjson");
  return { status: response.status, headers: response.headers, text, body: isJson ? (JSON.parse(text) as unknown) : null };
}

function declareOrder(app: Millrace): void {
  app.createFunction({ id: "order", triggers: [{ event: "order/placed" }] }, async ({ event, step }) => {
    const reserved = await step.run("reserve", () => ({ order: event.id }));
    await step.run("charge", () => 1);
    return reserved;
  });
}
