// Alerts that servers raise about a real app, to a receiver that really listens.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LogError } from "../../../engine/log/errors.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { Millrace, NonRetriableError, type MillraceOptions } from "../../../engine/sdk/index.ts";
import { silentPino } from "../../../engine/sdk/testing.ts";
import { ServerAlerts, type ServerAlertsTo } from "../../../server/alerts/server-alerts.ts";
import { Hub } from "../../../server/live-hub.ts";
import { openWholeHistory, type WholeHistory } from "../../../server/whole-history.ts";
import { FakeClock, settling, until } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

interface Told {
  readonly code: string;
  readonly count: number;
  readonly function: string | null;
  readonly errors: readonly string[];
}

let clock: FakeClock;
let log: SimulatedLog;
let folder: string;
let receiver: Server;
let received: { readonly body: Told; readonly text: string; readonly signature: string | undefined }[];
let closing: (() => Promise<void>)[];
/** Errors of the servers. */
let lines: { readonly code?: string }[];

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  folder = mkdtempSync(path.join(tmpdir(), "millrace-server-alerts-"));
  [received, closing, lines] = [[], [], []];
  receiver = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      received.push({ body: JSON.parse(text) as Told, text, signature: request.headers["millrace-signature"] as string | undefined });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  for (const close of closing.toReversed()) await settling(clock, close());
  await log.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const url = (): string => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
const told = (): readonly string[] => received.map(({ body }) => body.code);

/** What was sent takes its time to arrive. */
const hear = (codes: readonly string[]): Promise<void> => vi.waitFor(() => expect(told()).toEqual(codes), 10_000);

/** Its function fails for events that say so. */
async function worker(options: Partial<MillraceOptions> = {}): Promise<Millrace> {
  const app = new Millrace({ id: "shop", partitions: 2, stopGraceMs: 0, logger: silentPino, ...options }, { log, clock });
  app.createFunction({ id: "order", triggers: [{ event: "go" }] }, ({ event }) => {
    throw new NonRetriableError(`no: ${JSON.stringify(event.data)}`);
  });
  await settling(clock, app.start());
  closing.push(() => app.stop());
  return app;
}

interface Serving {
  readonly history: WholeHistory;
  close(): Promise<void>;
}

async function server(name: string, to: Partial<ServerAlertsTo> = {}): Promise<Serving> {
  const app = new Millrace({ id: "shop", createTopics: false, logger: silentPino }, { log, clock });
  const { topics } = app.parts;
  const file = path.join(folder, `${name}.db`);
  const opening = openWholeHistory({ file, log, topics, partitions: 2, live: new Hub(), logger: silentLogger, clock });
  const history = await settling(clock, opening);
  const served = { id: "shop", app, code: null, log, topics, partitions: 2, history: history.database };
  const { badEnds } = history;
  const logger = { ...silentLogger, error: (fields: object) => void lines.push(fields) };
  const alerts = new ServerAlerts({ served, to: { url: url(), maxLag: 100_000, ...to }, badEnds, progress: history, clock, logger });
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await alerts.close();
    await history.close();
  };
  const serving = { history, close: () => (closed ??= close()) };
  closing.push(serving.close);
  return serving;
}

function failed({ history }: Serving): number {
  return Number(history.database.prepare("SELECT count(*) AS n FROM run WHERE status = 'failed'").get()?.["n"]);
}

/** The histories have it, and servers have looked since. */
async function fails(app: Millrace, count: number, ...servers: readonly Serving[]): Promise<void> {
  const before = servers.map(failed);
  await settling(clock, app.send(Array.from({ length: count }, () => ({ name: "go", data: "canary" }))));
  const all = until("all failed", () => servers.every((one, index) => failed(one) === (before[index] ?? 0) + count));
  await settling(clock, all);
}

/** Looks are made, and what they find is sent. */
async function passes(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    await clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("that no worker runs is told by one of two servers, signed; and by the other when that one ends", async () => {
  const app = await worker();
  const one = await server("one", { secret: "a secret of 16 or more" });
  await server("two", { secret: "a secret of 16 or more" });
  await passes(90_000);
  expect(told()).toEqual([]);
  await settling(clock, app.stop());
  await passes(40_000);
  expect(told()).toEqual([]);
  await passes(60_000);
  await hear(["NO_WORKERS"]);
  expect(received[0]).toMatchObject({
    body: { app: "shop", count: 1 },
    signature: expect.stringMatching(/^t=\d+,v1=[\da-f]{64}$/) as string,
  });
  await passes(120_000);
  expect(told()).toEqual(["NO_WORKERS"]);
  await settling(clock, one.close());
  await passes(30_000);
  await hear(["NO_WORKERS", "NO_WORKERS"]);
});

test("runs that fail are told by one server, with their count and without data, where workers tell nobody", async () => {
  const app = await worker();
  const servers = [await server("one"), await server("two")];
  await passes(10_000);
  await fails(app, 20, ...servers);
  await passes(15_000);
  await hear(["RUN_FAILED"]);
  expect(received[0]?.body).toMatchObject({ count: 20, function: "order", errors: ["NonRetriableError"] });
  expect(received[0]?.text).not.toContain("canary");
});

test("what the workers tell themselves no server tells a second time", async () => {
  const app = await worker({ alerts: [{ url: url() }] });
  const serving = await server("one");
  await passes(10_000);
  await fails(app, 3, serving);
  await passes(75_000);
  await hear(["RUN_FAILED"]);
  expect(received[0]?.body.count).toBe(3);
});

test("workers whose targets do not hear of a code leave that to the server", async () => {
  const app = await worker({ alerts: [{ url: url(), on: ["PARTITION_STUCK"] }], onAlert: () => {} });
  const serving = await server("one");
  await passes(10_000);
  await fails(app, 2, serving);
  await passes(15_000);
  await hear(["RUN_FAILED"]);
});

test("a target hears of the codes that it wants alone", async () => {
  const app = await worker();
  const serving = await server("one", { on: ["NO_WORKERS"] });
  await passes(10_000);
  await fails(app, 2, serving);
  await passes(15_000);
  await settling(clock, app.stop());
  await passes(90_000);
  await hear(["NO_WORKERS"]);
});

test("a history that is made anew tells nothing of what failed before", async () => {
  const app = await worker();
  const first = await server("first");
  await passes(10_000);
  await fails(app, 5, first);
  await passes(15_000);
  await hear(["RUN_FAILED"]);
  const { history: second } = await server("second");
  const caughtUp = until("the second has caught up", () => second.hasCaughtUp);
  await settling(clock, caughtUp);
  await settling(clock, first.close());
  await passes(70_000);
  expect(told()).toEqual(["RUN_FAILED"]);
});

test("what failed while no server ran is told by the next one that goes on with their history", async () => {
  const app = await worker();
  const first = await server("same");
  await settling(clock, first.close());
  await settling(
    clock,
    app.send([
      { name: "go", data: null },
      { name: "go", data: null },
    ]),
  );
  await passes(5_000);
  const again = await server("same");
  const all = until("it has caught up", () => failed(again) === 2);
  await settling(clock, all);
  await passes(15_000);
  await hear(["RUN_FAILED"]);
  expect(received[0]?.body.count).toBe(2);
});

test("a server that may not join the group tells all the same", async () => {
  const app = await worker();
  const join = log.join.bind(log);
  vi.spyOn(log, "join").mockImplementation((options) =>
    options.group === "shop/servers" ? Promise.reject(new LogError("LOG_NOT_AUTHORIZED", "no")) : join(options),
  );
  await server("one");
  await settling(clock, app.stop());
  await passes(90_000);
  await hear(["NO_WORKERS"]);
});

test("a server that its group lost, and that gets the same share when it joins again, goes on telling", async () => {
  const app = await worker();
  const join = log.join.bind(log);
  let lost: (() => void) | null = null;
  vi.spyOn(log, "join").mockImplementation((options) => {
    if (options.group === "shop/servers") lost = () => options.onLost?.(new Error("its coordinator was silent"));
    return join(options);
  });
  await server("one");
  await passes(20_000);
  (lost as (() => void) | null)?.();
  await settling(clock, app.stop());
  await passes(90_000);
  await hear(["NO_WORKERS"]);
});

test("an app that was never deployed needs no workers", async () => {
  const sender = new Millrace({ id: "shop", partitions: 2, logger: silentPino }, { log, clock });
  await settling(clock, sender.parts.connect());
  await server("one");
  await passes(90_000);
  expect(told()).toEqual([]);
});

test("a log that does not say who runs accuses nobody; that the server sees nothing is one line, and one more when it sees nothing again", async () => {
  const app = await worker();
  await server("one");
  await passes(20_000);
  const members = vi.spyOn(log, "members").mockRejectedValue(new LogError("LOG_NOT_AUTHORIZED", "no"));
  await settling(clock, app.stop());
  await passes(180_000);
  expect(told()).toEqual([]);
  expect(lines).toEqual([{ code: "ALERTS_BLIND", reason: "the log does not say which workers run" }]);
  members.mockRestore();
  await passes(30_000);
  vi.spyOn(log, "members").mockRejectedValue(new LogError("LOG_NOT_AUTHORIZED", "no"));
  await passes(120_000);
  expect(lines.filter(({ code }) => code === "ALERTS_BLIND")).toHaveLength(2);
});

test("a log that falls silent is told as that", async () => {
  await worker();
  await server("one");
  await passes(20_000);
  log.freeze();
  await passes(120_000);
  log.thaw();
  expect(lines).toMatchObject([{ code: "ALERTS_BLIND" }]);
});

test("what waits while no worker runs is told as lag, by its source", async () => {
  const app = await worker();
  await server("one", { maxLag: 10 });
  await settling(clock, app.stop());
  const sender = new Millrace({ id: "shop", logger: silentPino }, { log, clock });
  await settling(clock, sender.send(Array.from({ length: 40 }, () => ({ name: "go", data: null }))));
  await passes(90_000);
  await vi.waitFor(() => expect(told().toSorted()).toEqual(["LAG_HIGH", "NO_WORKERS"]), 10_000);
  expect(received.find(({ body }) => body.code === "LAG_HIGH")?.text).toMatch(/40 records of shop\.events/);
});
