// Asks a broker which brokers it knows. Speaks Kafka's protocol by hand: no client library may be loaded on the way into a
// test, since the engine patches its own at load.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Resolves when the broker serves and sees `count` live brokers. Give a signal: it asks for as long as it takes. */
export async function untilServing(address: string, count: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if ((await liveBrokers(address)) >= count) return;
    await delay(25, undefined, { signal });
  }
}

/** How many live brokers the one at this address sees; 0 when it does not answer. */
export async function liveBrokers(address: string, timeoutMs = 1_000): Promise<number> {
  const [host, port] = splitAddress(address);
  const socket = connect({ host, port });
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error("no answer")));
  try {
    await once(socket, "connect");
    socket.write(METADATA_REQUEST);
    let answer = Buffer.alloc(0);
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk as Buffer]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) return answer.readInt32BE(8);
    }
    return 0;
  } catch {
    return 0;
  } finally {
    socket.destroy();
  }
}

export function splitAddress(address: string): [host: string, port: number] {
  const colon = address.lastIndexOf(":");
  return [address.slice(0, colon), Number(address.slice(colon + 1))];
}

// Metadata v1, no topics asked: size, api key 3, version 1, correlation id, client id "probe", zero topics.
// Its answer starts with size, correlation id and the number of live brokers.
const METADATA_REQUEST = ((): Buffer => {
  const body = Buffer.alloc(19);
  body.writeInt16BE(3, 0);
  body.writeInt16BE(1, 2);
  body.writeInt32BE(1, 4);
  body.writeInt16BE(5, 8);
  body.write("probe", 10, "latin1");
  body.writeInt32BE(0, 15);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
})();
