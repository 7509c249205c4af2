// Two servers of an app on Kafka, its workers elsewhere: one of them tells what both see, and the other goes on when that one is gone.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createReceiver, type Server as Receiver } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { systemClock, type Clock } from "../../../engine/core/clock.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { Millrace, NonRetriableError } from "../../../engine/sdk/index.ts";
import { silentPino } from "../../../engine/sdk/testing.ts";
import { createServer } from "../../../server/app.ts";
import { Hub } from "../../../server/live-hub.ts";
import { openWholeHistory } from "../../../server/whole-history.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const HASTE = 20;
/** A minute without workers takes three seconds. */
const hasty: Clock = {
  monotonicMs: () => systemClock.monotonicMs() * HASTE,
  wallMs: () => systemClock.wallMs(),
  setTimer: (ms, callback) => systemClock.setTimer(ms / HASTE, callback),
  every: (ms, callback) => systemClock.every(ms / HASTE, callback),
};
const PATIENCE = { timeout: 30_000, interval: 50 };

const id = `alerted-${randomBytes(4).toString("hex")}`;
let folder: string;
let receiver: Receiver;
const received: { readonly by: string; readonly code: string; readonly count: number }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "millrace-alerts-"));
  receiver = createReceiver((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      received.push({ by: request.url ?? "", ...(JSON.parse(text) as { code: string; count: number }) });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function connected(): Millrace {
  return new Millrace({ id, partitions: 2, stopGraceMs: 0, logger: silentPino, log: { kind: "kafka", brokers: kafkaBrokers() } });
}

async function serve(name: string): Promise<{ readonly members: () => Promise<number>; close(): Promise<void> }> {
  const app = connected();
  const { topics } = app.parts;
  const { log, partitions } = await app.parts.connect();
  const file = path.join(folder, `${name}.db`);
  const history = await openWholeHistory({ file, log, topics, partitions, live: new Hub(), logger: silentLogger });
  const to = { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/${name}`, maxLag: 100_000 };
  const server = createServer(
    { id, app, code: null, log, topics, partitions, history: history.database },
    {
      mode: "start",
      access: { kind: "open" },
      version: "0.0.0",
      logger: silentLogger,
      history,
      clock: hasty,
      alerts: { to, badEnds: history.badEnds },
    },
  );
  return {
    members: async () => (await log.members(`${id}/servers`)).length,
    async close() {
      await server.close();
      await history.close();
      await app.stop();
    },
  };
}

const of = (code: string): typeof received => received.filter((one) => one.code === code);

test("failed runs and missing workers are told by one of two servers, and by the other when that one is gone", async () => {
  const worker = connected();
  worker.createFunction({ id: "order", triggers: [{ event: "go" }] }, () => {
    throw new NonRetriableError("no");
  });
  await worker.start();
  const servers = new Map([
    ["/one", await serve("one")],
    ["/two", await serve("two")],
  ]);
  await vi.waitFor(async () => expect(await servers.get("/one")?.members()).toBe(2), PATIENCE);

  await worker.send(Array.from({ length: 5 }, (_, key) => ({ name: "go", data: null, key: String(key) })));
  await vi.waitFor(() => expect(of("RUN_FAILED").reduce((sum, { count }) => sum + count, 0)).toBe(5), PATIENCE);
  await worker.stop();
  await vi.waitFor(() => expect(of("NO_WORKERS")).toHaveLength(1), PATIENCE);
  const [first] = of("NO_WORKERS");
  expect(new Set(received.map(({ by }) => by))).toEqual(new Set([first?.by]));

  await servers.get(first?.by ?? "")?.close();
  await vi.waitFor(() => expect(of("NO_WORKERS")).toHaveLength(2), PATIENCE);
  expect(of("NO_WORKERS")[1]?.by).not.toBe(first?.by);
  // What the first had told of failures, the other knew as told.
  expect(of("RUN_FAILED").reduce((sum, { count }) => sum + count, 0)).toBe(5);
  for (const [name, server] of servers) if (name !== first?.by) await server.close();
}, 120_000);
