// The small port of a worker: whether it lives, whether it has restored what it owns, and its metrics. No login: nothing of the app's data is told.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Beside } from "../consumers/workflow-engine.ts";
import { isServed } from "../server/readiness.ts";
import type { LoadedApp } from "./app-module.ts";
import { listening } from "./listening.ts";
import { say } from "./say.ts";
import { urlAt } from "./this-machine.ts";

const LAST_MS = 2_000;

/** `port` 0: none is opened. @throws CliError `CLI_PORT_TAKEN` */
export async function openHealthPort(app: LoadedApp, at: { readonly host: string; readonly port: number }): Promise<Beside> {
  let state: "starting" | "started" | "stopping" = "starting";
  const started = (): void => void (state = "started");
  if (at.port === 0) return { started, close: () => Promise.resolve() };
  const server = createServer((request, response) => {
    answer(request, response, app, state).catch((error: unknown) => {
      say(`the port of health and metrics failed to answer: ${error instanceof Error ? error.message : String(error)}`);
      response.writeHead(500).end();
    });
  });
  const port = await listening(server, at, "worker.port");
  say(`health and metrics at ${urlAt({ host: at.host, port })}`);
  return {
    started,
    async close() {
      state = "stopping";
      const late = setTimeout(() => server.closeAllConnections(), LAST_MS);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(late);
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, app: LoadedApp, state: string): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  switch (request.url?.split("?")[0]) {
    case "/health/live":
      return send(response, 200, { status: "live" });
    case "/health/ready": {
      const opening = app.status().filter((report) => !isServed(report));
      if (state === "started" && opening.length === 0) return send(response, 200, { status: "ready" });
      const waitsFor = opening.map(({ partition, status }) => `partition ${partition} (${status})`);
      return send(response, 503, { status: state === "stopping" ? "stopping" : "starting", waitsFor });
    }
    case "/metrics": {
      const text = await app.metrics();
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
      return;
    }
    default:
      return send(response, 404, { status: "not found", paths: ["/health/live", "/health/ready", "/metrics"] });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(`${JSON.stringify(body)}\n`);
}
