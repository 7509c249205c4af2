// The port of a server whose app is not there yet: it lives, is not ready, and tells whoever asks why.
import { createServer, type ServerResponse } from "node:http";
import { problemOf } from "../server/http/problem.ts";
import { ServerError } from "../server/http/server-error.ts";
import { listening, type At } from "./listening.ts";

export interface WaitingPort extends AsyncDisposable {
  readonly port: number;
}

const AGAIN_SECONDS = 2;

/** `why`: for whoever asks, without a login. @throws CliError `CLI_PORT_TAKEN` */
export async function openWaitingPort(at: At, why: string): Promise<WaitingPort> {
  const server = createServer((request, response) => {
    // Whoever asks again is to reach the server that comes.
    response.setHeader("connection", "close");
    response.setHeader("cache-control", "no-store");
    switch (request.url?.split("?")[0]) {
      case "/health/live":
        return answer(response, 200, "application/json", { status: "live" });
      case "/health/ready":
        return answer(response, 503, "application/json", { status: "starting", waitsFor: [why], history: "reading" });
      default:
        response.setHeader("retry-after", AGAIN_SECONDS);
        return answer(response, 503, "application/problem+json", problemOf(new ServerError("NOT_READY", why)));
    }
  });
  const port = await listening(server, at, "--port");
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(response: ServerResponse, status: number, type: string, body: object): void {
  response.writeHead(status, { "content-type": type }).end(`${JSON.stringify(body)}\n`);
}
