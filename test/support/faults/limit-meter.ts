// Who visits is counted here, outside of the workers: a visit lasts as long as its answer takes, or as its process lives.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";

/** What a visitor says of itself. */
export interface Visitor {
  readonly pid: number;
  readonly functionId: string;
  readonly run: string;
  readonly step: string;
  /** What its limit is counted by. */
  readonly key: string;
  readonly holdMs: number;
}

export interface Visit extends Visitor {
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Infinity while it lasts. */
  until: number;
}

export class LimitMeter implements AsyncDisposable {
  readonly visits: Visit[] = [];
  readonly #server = createServer((request, response) => {
    this.#take(request, response).catch(() => response.destroy());
  });

  static async start(): Promise<LimitMeter> {
    const meter = new LimitMeter();
    meter.#server.listen(0, "127.0.0.1");
    await once(meter.#server, "listening");
    return meter;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const visit: Visit = { ...(JSON.parse(await text(request)) as Visitor), from: Date.now(), until: Number.POSITIVE_INFINITY };
    this.visits.push(visit);
    const end = (): void => void (visit.until = Math.min(visit.until, Date.now()));
    response.once("close", end);
    await delay(visit.holdMs);
    end();
    response.writeHead(204).end();
  }
}

/** The most that lasted at the same time, and who they were. Until and from at the same millisecond is one after the other. */
export function mostAtOnce(visits: readonly Pick<Visit, "from" | "until">[]): number {
  const changes = visits.flatMap(({ from, until }) => [
    { at: from, by: 1 },
    { at: until, by: -1 },
  ]);
  let now = 0;
  let most = 0;
  for (const { by } of changes.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

/** The most that came within any time as long as this. `times` in any order. */
export function mostWithin(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let from = 0;
  let most = 0;
  for (const [index, at] of sorted.entries()) {
    while ((sorted[from] ?? at) <= at - windowMs) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
