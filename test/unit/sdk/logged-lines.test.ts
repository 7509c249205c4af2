// What the log says of runs, and what it never says.
import { afterEach, beforeEach, expect, test } from "vitest";
import { pino } from "pino";
import { Millrace, NonRetriableError } from "../../../engine/sdk/index.ts";
import { FakeClock, settling, until } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

let clock: FakeClock;
let log: SimulatedLog;
let apps: Millrace[];
let written: string[];
let recorded: string[];

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  apps = [];
  written = [];
  recorded = [];
});

afterEach(async () => {
  await settling(clock, Promise.all(apps.map((app) => app.stop())));
  await log.close();
});

function made(level: string): Millrace {
  const logger = pino({ level, base: null }, { write: (line: string) => void written.push(line) });
  const app = new Millrace(
    { id: "shop", partitions: 2, stopGraceMs: 0, logger },
    { log, clock, onFrame: (_, { records }) => void recorded.push(...records.map(({ type }) => type)) },
  );
  apps.push(app);
  return app;
}

const linesOf = (run: string): readonly Record<string, unknown>[] =>
  written.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ runId }) => runId === run);

test("at debug, each run and step is attempted, ends, waits, and is skipped where it is answered from the record", async () => {
  let id = "";
  const declared = (): Millrace => {
    const app = made("debug");
    app.createFunction({ id: "order", triggers: [{ event: "go" }], retries: 1 }, async ({ step, runId }) => {
      id = runId;
      await step.run("charge", ({ attempt }) => {
        if (attempt === 0) throw new Error("declined");
      });
      await step.sleep("rest", 5_000);
      await step.run("ship", () => null);
    });
    return app;
  };
  const one = declared();
  await settling(clock, one.start());
  await one.send({ name: "go", data: null });
  await settling(
    clock,
    until("it sleeps", () => recorded.includes("SleepStarted")),
  );
  await settling(clock, one.stop());
  await settling(clock, declared().start());
  await settling(
    clock,
    until("it is over", () => recorded.includes("RunCompleted")),
  );
  await settling(
    clock,
    until("that is told", () => linesOf(id).some(({ msg }) => msg === "run completed")),
  );
  expect(
    linesOf(id).map(({ msg, step, attempt, outcome }) =>
      [msg, step, attempt, outcome].flatMap((word) => (typeof word === "string" || typeof word === "number" ? [word] : [])).join(" "),
    ),
  ).toEqual([
    "run begins 0",
    "step begins charge#0 0",
    "step ended charge#0 0 failed",
    "step failed; it will be tried again charge#0 0",
    "step begins charge#0 1",
    "step ended charge#0 1 completed",
    "step waits rest#0",
    "run is called again, and goes on from the record 0",
    "step skipped: answered from the record charge#0",
    "step skipped: answered from the record rest#0",
    "step begins ship#0 0",
    "step ended ship#0 0 completed",
    "function returned",
    "run completed",
  ]);
  expect(linesOf(id).every((line) => line["function"] === "order" || line["msg"] === "run completed")).toBe(true);
});

test("what events carry, steps return and errors have beside their messages is in no line of any level", async () => {
  const CANARY = "canary-7f3a";
  const app = made("trace");
  const child = app.createFunction({ id: "child", triggers: [] }, () => ({ secret: CANARY }));
  app.createFunction({ id: "order", triggers: [{ event: "go" }], retries: 1 }, async ({ step, event }) => {
    await step.run("output", () => ({ token: CANARY, event }));
    await step.run("fails", ({ attempt }) => {
      if (attempt === 0)
        throw Object.assign(new Error("declined", { cause: new Error(CANARY) }), { card: CANARY, details: { card: CANARY } });
      return CANARY;
    });
    await step.invoke("ask", { function: child, data: { card: CANARY } });
    await step.sendEvent("tell", { name: "told", data: { card: CANARY } });
    const got = await step.waitForEvent("answer", { event: "told", timeout: 1_000, lookback: 60_000 });
    throw Object.assign(new NonRetriableError("gives up"), { card: CANARY, got });
  });
  app.createFunction({ id: "broken", triggers: [{ event: "told" }], retries: 0 }, () => {
    throw Object.assign(new Error("broken"), { card: CANARY });
  });
  app.createConsumer({
    id: "count",
    from: "beginning",
    events: ["go"],
    retries: 0,
    state: { cards: () => ({ card: CANARY }) },
    handle: () => {
      throw Object.assign(new Error("not now"), { card: CANARY });
    },
  });
  await settling(clock, app.start());
  await app.send([
    { name: "go", data: { card: CANARY } },
    { name: "unwanted", data: CANARY },
  ]);
  const notJson = { ce_type: "go", ce_id: "1", ce_source: "x", ce_specversion: "1.0" };
  await log.append({ topic: "shop.events", partition: 0 }, [{ key: null, value: Buffer.from(CANARY), headers: notJson }]);
  await settling(
    clock,
    until("both failed, and one input is a dead letter", () => {
      const failures = recorded.filter((type) => type === "RunFailed").length;
      return failures >= 2 && recorded.includes("InputRejected");
    }),
  );
  await settling(clock, app.stop());
  const codes = new Set(written.map((line) => (JSON.parse(line) as { readonly code?: string }).code));
  expect(codes).toEqual(new Set([...codes, "RUN_FAILED", "EVENT_NOT_JSON"]));
  expect(written.length).toBeGreaterThan(25);
  expect(written.filter((line) => line.includes(CANARY))).toEqual([]);
});
