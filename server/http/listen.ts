// The port: hono behind Node's server, with what keeps slow and idle clients from holding it.
import { getRequestListener } from "@hono/node-server";
import { createServer, STATUS_CODES, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { ServerLimits } from "./limits.ts";
import { problemOf } from "./problem.ts";
import { ServerError, type ServerErrorCode } from "./server-error.ts";
import type { Arriving } from "./unread-body.ts";

const CHECK_MS = 1_000;
/** Longer than proxies keep connections for a next request, most of them for 60 s: who closes first must not be this side, or a request is lost. */
const KEEP_ALIVE_MS = 75_000;
/** When it closes, requests that are being answered have so long. */
const LAST_MS = 5_000;
const IDLE_MS = 50;

export interface Listening {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** Resolves when it listens. @throws what Node says, e.g. EADDRINUSE */
export async function listen(
  fetch: (request: Request, on: { readonly incoming: Arriving }) => Response | Promise<Response>,
  { port, host, limits }: { readonly port: number; readonly host: string; readonly limits: ServerLimits },
): Promise<Listening> {
  const { headersMs, idleMs, connections } = limits;
  // The app's own code is in this process: its `Request` and `Response` stay Node's.
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  const server = createServer(
    // What takes its time to send a body is told by who reads it: NDJSON may take hours.
    { headersTimeout: headersMs, requestTimeout: 0, connectionsCheckingInterval: CHECK_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.on("clientError", refuse);
  server.maxConnections = connections;
  server.setTimeout(idleMs);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
  const { port: actual } = server.address() as AddressInfo;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${actual}`;
  let closing: Promise<void> | null = null;
  return {
    port: actual,
    url,
    close() {
      closing ??= closed(server);
      return closing;
    },
  };
}

/** What is no request in HTTP never gets to hono: it is answered here, in the same form. */
function refuse(error: Error, socket: Duplex): void {
  const code = "code" in error ? String(error.code) : "";
  if (code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const refusal = new ServerError(...(NO_REQUEST[code] ?? (["MALFORMED_REQUEST", "this is no request in HTTP/1.1"] as const)));
  const body = JSON.stringify(problemOf(refusal));
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ""}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

const NO_REQUEST: Readonly<Record<string, readonly [ServerErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["HEADERS_TOO_SLOW", "the headers were not here in time"],
  HPE_HEADER_OVERFLOW: ["HEADERS_TOO_LARGE", "address and headers together may have 16 KiB"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ["BODY_TOO_LARGE", "the extensions of a chunk are too large"],
};

async function closed(server: Server): Promise<void> {
  const late = setTimeout(() => server.closeAllConnections(), LAST_MS);
  // Connections that were in use when it began to close, and are kept for a next request.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(late);
  clearInterval(idle);
}
