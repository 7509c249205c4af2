// A mapping of a foreign topic that took events for none: nobody decided anything of them. An expectation finds them, and starts what is missing.
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Clock } from "../../../engine/core/clock.ts";
import { LogError, Millrace, type Alert, type ForeignTopic } from "../../../engine/sdk/index.ts";
import { FakeClock, settling, turns } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const TOPIC = "orders";
const MINUTE_MS = 60_000;

let clock: FakeClock;
let log: SimulatedLog;
let apps: Millrace[];
let done: number[];
let alerts: Alert[];

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  await log.createTopics([{ topic: TOPIC, partitions: 2, settings: {} }]);
  [apps, done, alerts] = [[], [], []];
});

afterEach(async () => {
  await settling(clock, Promise.all(apps.map((app) => app.stop())));
  await log.close();
});

async function started(event: ForeignTopic["event"], start: boolean | null): Promise<Millrace> {
  const app = new Millrace(
    {
      id: "app",
      partitions: 2,
      stopGraceMs: 0,
      logger: pino({ level: "silent" }),
      onAlert: (alert) => void alerts.push(alert),
      sources: [{ topic: TOPIC, from: "beginning", ...(event === undefined ? {} : { event }) }],
    },
    { log, clock },
  );
  app.createFunction({ id: "bill", triggers: [{ event: "ordered" }] }, async ({ event: { data }, step }) =>
    step.run("bill", () => void done.push(data as number)),
  );
  if (start !== null) app.expect({ function: "bill", within: "5 minutes", start });
  apps.push(app);
  await settling(clock, app.start());
  return app;
}

async function put(partition: number, ...numbers: readonly number[]): Promise<void> {
  for (const n of numbers) await log.append({ topic: TOPIC, partition }, [{ key: null, value: Buffer.from(String(n)), headers: {} }]);
}

async function pass(minutes: number): Promise<void> {
  for (let n = 0; n < 2 * minutes; n++) {
    await clock.advance(MINUTE_MS / 2);
    await turns(20);
  }
}

test("what a mapping had passed over is told of once, and started once", async () => {
  const careless = await started(({ data }) => ((data as number) % 2 === 0 ? "ordered" : null), null);
  await put(0, 0, 1, 2, 3);
  await put(1, 4, 5);
  await pass(1);
  expect(done.toSorted((a, b) => a - b)).toEqual([0, 2, 4]);
  await settling(clock, careless.stop());
  await started(() => "ordered", true);
  await put(1, 6);
  await pass(30);
  expect(done.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(alerts.map(({ code, functionId }) => [code, functionId])).toEqual(Array.from({ length: 3 }, () => ["EXPECTATION_MISSED", "bill"]));
  expect(alerts.every(({ message }) => message.includes("it is started now"))).toBe(true);
});

test("what the log did not take is started at a later check, and nothing of a check that failed is passed over", async () => {
  const careless = await started(() => null, null);
  await put(0, 1, 2, 3);
  await pass(1);
  await settling(clock, careless.stop());
  const append = log.append.bind(log);
  let commands = 0;
  log.append = (target, ...others) => {
    if (target.topic !== "app.inbox" || alerts.length === 0 || ++commands !== 2) return append(target, ...others);
    return Promise.reject(new LogError("LOG_UNAVAILABLE", "not now", { retriable: true }));
  };
  await started(() => "ordered", true);
  await pass(20);
  expect(commands).toBeGreaterThan(3);
  expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
});

function sealing<Events extends object = Record<string, unknown>>(): Millrace<Events> {
  const [logger, onAlert] = [pino({ level: "silent" }), (alert: Alert): void => void alerts.push(alert)];
  return new Millrace<Events>({ id: "sealed", partitions: 1, stopGraceMs: 0, erasable: true, logger, onAlert }, { log, clock });
}

test("what a trigger asks of data that is sealed is asked of what was sent", async () => {
  const app = sealing<{ ordered: { skip?: boolean } }>();
  app.createFunction({ id: "bill", triggers: [{ event: "ordered", if: "!has(event.data.skip)" }] }, ({ event }) => {
    done.push(event.data.skip === true ? 1 : 0);
  });
  app.expect({ function: "bill", within: "5 minutes", start: true });
  apps.push(app as unknown as Millrace);
  await settling(clock, app.start());
  await settling(clock, app.send([{}, { skip: true }].map((data) => ({ name: "ordered" as const, data, subject: "u1" }))));
  await pass(20);
  expect(done).toEqual([0]);
  expect(alerts).toEqual([]);
});

test("of what was erased nothing is expected: nobody can tell any more what its trigger made of it", async () => {
  const app = sealing();
  app.createFunction({ id: "bill", triggers: [{ event: "ordered", if: 'event.data != "skip"' }] }, () => void done.push(1));
  app.expect({ function: "bill", within: "5 minutes", start: true });
  apps.push(app);
  await settling(clock, app.start());
  await settling(clock, app.send({ name: "ordered", data: "skip", subject: "u1" }));
  await pass(1);
  expect(await settling(clock, app.erase("u1"))).toEqual({ keys: 1 });
  await pass(20);
  expect(alerts).toEqual([]);
  expect(done).toEqual([]);
});

test("a machine whose clock is ahead expects nothing sooner: it is the log's time that counts", async () => {
  const ahead: Clock = {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs() + 10 * MINUTE_MS,
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
    every: (periodMs, callback) => clock.every(periodMs, callback),
  };
  const app = new Millrace(
    { id: "app", partitions: 1, stopGraceMs: 0, logger: pino({ level: "silent" }), onAlert: (alert) => void alerts.push(alert) },
    { log, clock: ahead },
  );
  app.createFunction({ id: "bill", triggers: [{ event: "ordered" }] }, () => void done.push(1));
  app.expect({ function: "bill", within: "5 minutes" });
  apps.push(app);
  await settling(clock, app.start());
  await settling(clock, app.pause("bill"));
  await pass(4);
  await settling(clock, app.send({ name: "ordered", data: null }));
  // It is checked meanwhile, when the event has waited for a minute.
  await pass(2);
  await settling(clock, app.resume("bill"));
  await pass(10);
  expect(done).toEqual([1]);
  expect(alerts).toEqual([]);
});

test("without `start` it is told of, and nothing begins", async () => {
  const careless = await started(() => null, null);
  await put(0, 1);
  await pass(1);
  await settling(clock, careless.stop());
  await started(() => "ordered", false);
  await pass(20);
  expect(done).toEqual([]);
  expect(alerts.map(({ message }) => message)).toEqual([expect.stringContaining("orders/0/0) within 300 s: none is there")]);
});

test("an expectation that cannot be is refused, and says why", () => {
  const app = new Millrace({ id: "app" });
  app.createFunction({ id: "bill", triggers: [{ event: "ordered" }] }, () => null);
  app.createFunction({ id: "called", triggers: [] }, () => null);
  app.createFunction({ id: "daily", triggers: [{ cron: "0 9 * * *" }] }, () => null);
  expect(() => app.expect({ function: "bil", within: "1 hour" })).toThrow(/there is no function "bil".*bill, called, daily/);
  for (const id of ["called", "daily"]) expect(() => app.expect({ function: id, within: "1 hour" })).toThrow(/no event triggers/);
  expect(() => app.expect({ function: "bill", within: "1 second" })).toThrow(/one minute to seven days/);
  expect(() => app.expect({ function: "bill", within: "1 hour", starts: true } as never)).toThrow(/no "starts"/);
  app.expect({ function: "bill", within: "1 hour" });
  expect(() => app.expect({ function: "bill", within: "2 hours" })).toThrow(/an expectation already/);
});
