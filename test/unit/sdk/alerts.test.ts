// Alerts of an app that really fails, to a server that really listens; and that they are of no weight where nobody listens.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pino } from "pino";
import type { Alert } from "../../../engine/observability/alert.ts";
import { Millrace, NonRetriableError, type MillraceOptions } from "../../../engine/sdk/index.ts";
import { FakeClock, settling, until } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

let clock: FakeClock;
let log: SimulatedLog;
let app: Millrace | null;
let server: Server;
let received: Readonly<Record<string, unknown>>[];

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  app = null;
  received = [];
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      received.push(JSON.parse(text) as Readonly<Record<string, unknown>>);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  log.thaw();
  if (app !== null) await settling(clock, app.stop());
  await log.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

function made(options: Partial<MillraceOptions>): Millrace {
  app = new Millrace({ id: "shop", partitions: 1, stopGraceMs: 0, logger: pino({ level: "silent" }), ...options }, { log, clock });
  return app;
}

test("runs that fail are told together, without what their events and errors say", async () => {
  const heard: Alert[] = [];
  const one = made({ alerts: [{ url: url() }], onAlert: (alert) => void heard.push(alert) });
  let failures = 0;
  one.createFunction({ id: "order", triggers: [{ event: "go" }] }, ({ event }) => {
    failures += 1;
    throw new NonRetriableError(`no: ${JSON.stringify(event.data)}`);
  });
  await settling(clock, one.start());
  await one.send(Array.from({ length: 20 }, () => ({ name: "go", data: "canary" })));
  await settling(
    clock,
    until("all failed", () => failures === 20),
  );
  await settling(clock, one.stop());
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({ app: "shop", code: "RUN_FAILED", count: 20, function: "order", errors: ["NonRetriableError"] });
  expect(JSON.stringify(received)).not.toContain("canary");
  // It has `millrace/function.failed` for these.
  expect(heard).toEqual([]);
});

test("a source that is far behind at two looks is told of once", async () => {
  const heard: Alert[] = [];
  const one = made({ maxLag: 10, maxActiveRuns: 1, maxQueuedRuns: 1, onAlert: (alert) => void heard.push(alert) });
  const held = Promise.withResolvers<void>();
  one.createFunction({ id: "slow", triggers: [{ event: "go" }] }, ({ step }) => step.run("wait", () => held.promise));
  await settling(clock, one.start());
  await one.send(Array.from({ length: 100 }, () => ({ name: "go", data: null })));
  await clock.advance(45_000);
  expect(heard.map(({ code }) => code)).toEqual(["LAG_HIGH"]);
  expect(heard[0]?.message).toMatch(/^\d\d records of shop\.events are not decided about yet, in partitions 0:/);
  held.resolve();
});

test("a source that the app read once, and reads no more, is behind nothing", async () => {
  await log.createTopics([{ topic: "orders", partitions: 1, settings: {} }]);
  const heard: Alert[] = [];
  const options = { maxLag: 10, onAlert: (alert: Alert) => void heard.push(alert) };
  const before = made({ ...options, sources: [{ topic: "orders", event: () => "ordered" }] });
  before.createFunction({ id: "bill", triggers: [{ event: "ordered" }] }, () => null);
  await settling(clock, before.start());
  await settling(clock, before.stop());
  const one = made(options);
  one.createFunction({ id: "bill", triggers: [{ event: "other" }] }, () => null);
  await settling(clock, one.start());
  const value = Buffer.from("1");
  await log.append(
    { topic: "orders", partition: 0 },
    Array.from({ length: 100 }, () => ({ key: null, value, headers: {} })),
  );
  await clock.advance(60_000);
  expect(heard).toEqual([]);
  expect(await one.metrics()).not.toContain('topic="orders"');
});

test.each([
  ["an address with a password", { url: "https://canary:canary@chat.example/hook" }, /give them as headers/],
  ["a header with a line break", { url: "https://chat.example/hook", headers: { authorization: "Bearer\ncanary" } }, /a line break/],
])("%s, which could not be sent, is refused without a word of it: else it would be in the log", (_, target, problem) => {
  let refusal: unknown;
  try {
    made({ alerts: [target] });
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({ code: "INVALID_OPTIONS", message: expect.stringMatching(problem) as unknown });
  expect(String(refusal)).not.toContain("canary");
});

test("wrong targets are refused before anything starts", () => {
  expect(() => made({ alerts: [{ url: "ftp://x" }] })).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  expect(() => made({ alerts: [{ url: url(), secret: "short" }] })).toThrow(/16 characters/);
  expect(() => made({ alerts: [{ url: url(), on: ["RUN_FAILURE"] }] })).toThrow(/is none of RUN_FAILED, .*EXPECTATION_MISSED/);
});
