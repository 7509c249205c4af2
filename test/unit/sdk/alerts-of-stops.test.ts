// A webhook hears of partitions and sources that stop: once each, though it was down at first, and without what events say.
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";
import { FakeClock, settling, until } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";
import { WebhookReceiver } from "../../support/webhook-receiver.ts";

const EVENTS = { topic: "shop.events", partition: 0 };
const MINUTE_MS = 60_000;
const CANARY = "canary 4242";

let clock: FakeClock;
let log: SimulatedLog;
let apps: Millrace[];
let receiver: WebhookReceiver;
/** Runs that ended. */
let done: number;

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  apps = [];
  receiver = await WebhookReceiver.open();
  done = 0;
});

afterEach(async () => {
  log.thaw();
  for (const app of apps) await settling(clock, app.stop());
  await log.close();
  await receiver[Symbol.asyncDispose]();
});

function made(): Millrace {
  const app = new Millrace(
    { id: "shop", partitions: 1, stopGraceMs: 0, logger: pino({ level: "silent" }), alerts: [{ url: receiver.url }] },
    { log, clock },
  );
  apps.push(app);
  app.createFunction({ id: "order", triggers: [{ event: "placed" }] }, () => void (done += 1));
  return app;
}

async function started(): Promise<Millrace> {
  const app = made();
  await settling(clock, app.start());
  return app;
}

/** Time goes on until the receiver took so many of a code. */
async function takes(code: string, count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      await clock.advance(500);
      expect(receiver.taken(code)).toHaveLength(count);
    },
    { timeout: 20_000, interval: 10 },
  );
}

/** As often as it was refused, and then taken, in the same words. */
function triesOf(code: string): readonly string[] {
  return receiver.tries.filter(({ body }) => body.code === code).map(({ text }) => text);
}

async function damageJournal(app: Millrace): Promise<void> {
  await log.appendAside({ topic: "shop.journal", partition: 0 }, [{ key: null, value: Buffer.from(CANARY) }]);
  await settling(clock, app.send({ name: "placed", data: CANARY }));
}

test("a partition that stops is told of once, and when it was not served for a minute, that it is stuck: again after 15 minutes (R9)", async () => {
  const app = await started();
  await app.send({ name: "placed", data: CANARY });
  await settling(
    clock,
    until("a run ended", () => done === 1),
  );
  await damageJournal(app);
  await takes("PARTITION_STOPPED", 1);
  await takes("PARTITION_STUCK", 1);
  await clock.advance(12 * MINUTE_MS);
  expect(receiver.tries.map(({ body }) => body.code)).toEqual([
    "PARTITION_STOPPED",
    "PARTITION_STOPPED",
    "PARTITION_STUCK",
    "PARTITION_STUCK",
  ]);
  expect(new Set(triesOf("PARTITION_STOPPED")).size).toBe(1);
  expect(new Set(triesOf("PARTITION_STUCK")).size).toBe(1);
  expect(receiver.taken("PARTITION_STOPPED")).toMatchObject([{ count: 1, partitions: [0] }]);
  expect(receiver.taken("PARTITION_STUCK")).toMatchObject([{ count: 1, partitions: [0] }]);
  expect(receiver.taken("PARTITION_STUCK")[0]?.message).toMatch(/^partition 0 is not served for \d\d s: /);
  await clock.advance(3 * MINUTE_MS);
  await takes("PARTITION_STUCK", 2);
  expect(receiver.taken("PARTITION_STOPPED")).toHaveLength(1);
  expect(JSON.stringify(receiver.tries)).not.toContain(CANARY);
});

test("a partition whose journal cannot be read to its end is told of as stuck, and not as stopped (R9)", async () => {
  const first = await started();
  await settling(clock, first.stop());
  const slow = Promise.withResolvers<void>();
  log.onRead = ({ topic }) => (topic === "shop.journal" ? slow.promise : null);
  const app = made();
  const starting = app.start();
  await takes("PARTITION_STUCK", 1);
  expect(receiver.taken("PARTITION_STOPPED")).toEqual([]);
  expect(receiver.taken("PARTITION_STUCK")[0]?.message).toMatch(/: it is RESTORING$/);
  slow.resolve();
  await settling(clock, starting);
});

test("a source whose history is missing is told of once, with what goes on where", async () => {
  const first = await started();
  await first.send({ name: "placed", data: CANARY });
  await settling(
    clock,
    until("a run ended", () => done === 1),
  );
  await settling(clock, first.stop());
  const sender = made();
  await settling(clock, sender.send(Array.from({ length: 5 }, () => ({ name: "placed", data: CANARY }))));
  await log.trim(EVENTS, (await log.latestOffset(EVENTS)) - 1);
  await started();
  await takes("SOURCE_STOPPED", 1);
  await clock.advance(20 * MINUTE_MS);
  expect(receiver.tries.map(({ body }) => body.code)).toEqual(["SOURCE_STOPPED", "SOURCE_STOPPED"]);
  expect(new Set(triesOf("SOURCE_STOPPED")).size).toBe(1);
  expect(receiver.taken("SOURCE_STOPPED")).toMatchObject([{ count: 1, partitions: [0] }]);
  expect(receiver.taken("SOURCE_STOPPED")[0]?.message).toContain('skipMissing: [{ topic: "shop.events", partition: 0, to: ');
  expect(JSON.stringify(receiver.tries)).not.toContain(CANARY);
});
