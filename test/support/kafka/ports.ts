// Free TCP ports of this machine.
import { once } from "node:events";
import { createServer, type Server } from "node:net";

// Below the range that outgoing connections take (32768 on Linux): a broker that is killed and started again must find its
// port free, and a client that keeps dialling a dead port of that range can end up connected to itself.
const FIRST = 20_000;
const LAST = 32_000;

/** Distinct ports that were free a moment ago; whoever binds them must still be ready to lose the race. */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  try {
    while (held.length < count) {
      const server = await bound(FIRST + Math.floor(Math.random() * (LAST - FIRST)));
      if (server !== null) held.push(server);
    }
    return held.map(portOf);
  } finally {
    await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
  }
}

export async function isPortFree(port: number): Promise<boolean> {
  const server = await bound(port);
  if (server === null) return false;
  await new Promise((done) => server.close(done));
  return true;
}

async function bound(port: number): Promise<Server | null> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return server;
  } catch {
    return null;
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a listening server has no port");
  return address.port;
}
