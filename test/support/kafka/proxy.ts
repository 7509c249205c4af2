// A TCP proxy that knows where Kafka's frames begin and end: loses, delays or forwards single requests and answers.
// The broker must advertise the proxy's port, else clients find the way around it: see `startProxiedBroker`.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import type { Broker, BrokerOptions } from "./broker.ts";
import { freePorts } from "./ports.ts";
import { splitAddress } from "./probe.ts";
import { startBroker } from "./start.ts";

/** Kafka's numbers of the requests that tests care for. */
export const API = { produce: 0, fetch: 1, listOffsets: 2, metadata: 3, joinGroup: 11, heartbeat: 12, apiVersions: 18 } as const;

export interface Frame {
  readonly kind: "request" | "answer";
  /** The request's API number; an answer has that of its request. */
  readonly api: number;
  /** 1 for the first frame of its kind and API through this proxy since the rule was set. */
  readonly nth: number;
  /** Without the four bytes of size. */
  readonly bytes: Buffer;
}

export type Fate =
  | { readonly do: "forward" }
  | { readonly do: "delay"; readonly forMs: number }
  /** It never arrives, and nobody is told: the connection stays open. */
  | { readonly do: "swallow" }
  /** It never arrives, and the connection is cut. */
  | { readonly do: "cut" };

export type Rule = (frame: Frame) => Fate;

export const forwardAll: Rule = () => ({ do: "forward" });

/** The broker takes the n-th Produce and its answer is lost with the connection: the outcome is unknown to the client. */
export function loseAnswer(api: number, nth = 1): Rule {
  return (frame) => ({ do: frame.kind === "answer" && frame.api === api && frame.nth === nth ? "cut" : "forward" });
}

export interface Proxy extends AsyncDisposable {
  /** Where clients connect. */
  readonly address: string;
  readonly port: number;
  /** From now on; counting starts anew. */
  setRule(rule: Rule): void;
  /** Cuts every connection; new ones are welcome. */
  cutAll(): void;
  close(): Promise<void>;
}

export async function startProxy(options: { readonly target: string; readonly port: number; readonly rule?: Rule }): Promise<Proxy> {
  const traffic = new Traffic(options.rule ?? forwardAll);
  const server = createServer((client) => relay(client, options.target, traffic));
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    await ended(server, traffic);
  };
  return {
    address: `127.0.0.1:${options.port}`,
    port: options.port,
    setRule: (rule) => traffic.setRule(rule),
    cutAll: () => traffic.cutAll(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A broker that clients reach through a proxy alone; other brokers and the quorum talk past it. */
export async function startProxiedBroker(
  options: BrokerOptions & { readonly rule?: Rule } = {},
): Promise<{ broker: Broker; proxy: Proxy }> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error("no free port");
  const { rule, ...brokerOptions } = options;
  const broker = await startBroker({ ...brokerOptions, advertisedPort: port });
  const proxy = await startProxy({ target: broker.listenAddress, port, ...(rule === undefined ? {} : { rule }) });
  return { broker, proxy };
}

/** What all connections of a proxy have in common. */
class Traffic {
  readonly sockets = new Set<Socket>();
  #rule: Rule;
  #seen = new Map<string, number>();

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  setRule(rule: Rule): void {
    this.#rule = rule;
    this.#seen = new Map();
  }

  fateOf(kind: Frame["kind"], api: number, bytes: Buffer): Fate {
    const key = `${kind} ${api}`;
    const nth = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, nth);
    return this.#rule({ kind, api, nth, bytes });
  }

  cutAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

function relay(client: Socket, target: string, traffic: Traffic): void {
  const [host, port] = splitAddress(target);
  const broker = connect({ host, port });
  const cut = (): void => {
    client.destroy();
    broker.destroy();
  };
  for (const socket of [client, broker]) {
    traffic.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", cut);
    socket.on("close", () => {
      traffic.sockets.delete(socket);
      cut();
    });
  }
  const apiOf = new Map<number, number>(); // correlation id → API, of requests that wait for their answer
  forwardFrames(client, broker, cut, (bytes) => {
    const api = bytes.readInt16BE(0);
    apiOf.set(bytes.readInt32BE(4), api);
    return traffic.fateOf("request", api, bytes);
  });
  forwardFrames(broker, client, cut, (bytes) => {
    const correlation = bytes.readInt32BE(0);
    const api = apiOf.get(correlation) ?? -1;
    apiOf.delete(correlation);
    return traffic.fateOf("answer", api, bytes);
  });
}

/** Passes whole frames on in their order; one that is delayed delays those behind it, as on a wire. */
function forwardFrames(from: Socket, to: Socket, cut: () => void, fateOf: (bytes: Buffer) => Fate): void {
  let pending = Buffer.alloc(0);
  let before = Promise.resolve();
  from.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
      const end = 4 + pending.readInt32BE(0);
      const frame = pending.subarray(0, end);
      pending = pending.subarray(end);
      before = before.then(() => deliver(frame, fateOf(frame.subarray(4)), to, cut));
    }
  });
}

async function deliver(frame: Buffer, fate: Fate, to: Socket, cut: () => void): Promise<void> {
  switch (fate.do) {
    case "swallow":
      return;
    case "cut":
      cut();
      return;
    case "delay":
      await delay(fate.forMs);
      break;
    case "forward":
      break;
  }
  if (!to.destroyed) to.write(frame);
}

async function ended(server: Server, traffic: Traffic): Promise<void> {
  const closed = once(server, "close");
  server.close();
  traffic.cutAll();
  await closed;
}
