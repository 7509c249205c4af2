// The port: hono behind Node's server, with what keeps slow and idle clients from holding it.
import { getRequestListener } from "@hono/node-server";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerLimits } from "./limits.ts";

const CHECK_MS = 1_000;
/** When it closes, requests that are being answered have so long. */
const LAST_MS = 5_000;

export interface Listening {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** Resolves when it listens. @throws what Node says, e.g. EADDRINUSE */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { port, host, limits }: { readonly port: number; readonly host: string; readonly limits: ServerLimits },
): Promise<Listening> {
  const { headersMs, idleMs, connections } = limits;
  // The app's own code is in this process: its `Request` and `Response` stay Node's.
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  const server = createServer(
    // What takes its time to send a body is told by who reads it: NDJSON may take hours.
    { headersTimeout: headersMs, requestTimeout: 0, connectionsCheckingInterval: CHECK_MS, keepAliveTimeout: 30_000 },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
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

async function closed(server: Server): Promise<void> {
  const late = setTimeout(() => server.closeAllConnections(), LAST_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(late);
}
