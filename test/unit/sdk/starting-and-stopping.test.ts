// An app's life as its user sees it: one start, sends until it has stopped, and nothing left behind.
import { afterEach, beforeEach, expect, test } from "vitest";
import { pino } from "pino";
import type { FunctionContext } from "../../../engine/execution/function.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { deferred } from "../../support/deferred.ts";
import { FakeClock, settling, turns, until } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

let clock: FakeClock;
let log: SimulatedLog;
let apps: Millrace[];

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  apps = [];
});

afterEach(async () => {
  log.thaw();
  await passing(Promise.allSettled(apps.map((one) => one.stop())));
  await log.close();
});

/** Time goes on until it is settled. */
const passing = <T>(promise: Promise<T>): Promise<T> => settling(clock, promise);

function made(handler: (context: FunctionContext) => unknown = () => null, stopGraceMs = 0, id = "f"): Millrace {
  const app = new Millrace({ id: "app", partitions: 1, stopGraceMs, logger: pino({ level: "silent" }) }, { log, clock });
  app.createFunction({ id, triggers: [{ event: "go" }] }, handler);
  apps.push(app);
  return app;
}

test("steps that still run while the app stops may send", async () => {
  const go = deferred<void>();
  let began = false;
  const outcomes: unknown[] = [];
  const app: Millrace = made(
    ({ step }) =>
      step.run("tell", async () => {
        began = true;
        await go.promise;
        await app.send({ name: "told", data: 7 }).then(
          () => outcomes.push("sent"),
          (error: unknown) => outcomes.push(error),
        );
      }),
    60_000,
  );
  await passing(app.start());
  await app.send({ name: "go", data: null });
  await until("the step began", () => began);
  const stopped = passing(app.stop());
  await turns(20);
  go.resolve();
  await stopped;
  expect(outcomes).toEqual(["sent"]);
  await expect(app.send({ name: "told", data: 8 })).rejects.toMatchObject({ code: "WRONG_STATE" });
});

test("of two starts at once the second is refused at once, and the first goes on", async () => {
  const app = made();
  const first = app.start();
  await expect(app.start()).rejects.toMatchObject({ code: "WRONG_STATE" });
  await passing(first);
  expect(app.status().map(({ status }) => status)).toEqual(["RUNNING"]);
});

test("a start that could not even begin may be tried again", async () => {
  const app = made();
  const describeTopic = log.describeTopic.bind(log);
  log.describeTopic = () => Promise.reject(new Error("no answer"));
  await expect(app.start()).rejects.toThrow("no answer");
  log.describeTopic = describeTopic;
  await passing(app.start());
});

test("stop() ends what a failed start() began: the next worker has the partitions to itself", async () => {
  const app = made();
  const members = log.members.bind(log);
  log.onAppend = ({ target }) => (target.topic === "app.functions" ? { before: () => Promise.reject(new Error("refused")) } : null);
  await expect(passing(app.start())).rejects.toThrow("refused");
  log.onAppend = () => null;
  expect((await members("app")).length).toBe(1);
  await passing(app.stop());
  expect(await members("app")).toEqual([]);
});

test("stop() before start() has connected: there is no worker afterwards", async () => {
  const app = made();
  const answer = deferred<void>();
  const describeTopic = log.describeTopic.bind(log);
  log.describeTopic = async (topic) => {
    await answer.promise;
    return describeTopic(topic);
  };
  const started = app.start();
  const refused = expect(started).rejects.toMatchObject({ code: "WRONG_STATE" });
  const stopped = app.stop();
  answer.resolve();
  await passing(stopped);
  await refused;
  expect(app.status()).toEqual([]);
  expect(await log.members("app")).toEqual([]);
});

test("start() means what it says though the functions topic was made anew: the new functions decide", async () => {
  for (const id of ["f", "g", "h"]) {
    const before = made(() => null, 0, id);
    await passing(before.start());
    await passing(before.stop());
  }
  await log.loseAllBut("app.functions", 0);
  let ran = 0;
  const app = made(() => ran++, 0, "new");
  await passing(app.start());
  await app.send({ name: "go", data: null });
  await until("it ran", () => ran === 1);
});

test("stop() while start() joins the group: start() says so, and no member stays behind", async () => {
  const app = made();
  const answer = deferred<void>();
  const join = log.join.bind(log);
  let isJoining = false;
  log.join = async (options) => {
    isJoining = true;
    await answer.promise;
    return join(options);
  };
  const refused = expect(passing(app.start())).rejects.toMatchObject({ code: "STOPPED_WHILE_STARTING" });
  await until("it joins", () => isJoining);
  const stopped = passing(app.stop());
  await turns(20);
  answer.resolve();
  await stopped;
  await refused;
  expect(await log.members("app")).toEqual([]);
});

test("stop() while start() reads the functions topic", async () => {
  const app = made();
  const open = log.openReader.bind(log);
  let isReading = false;
  log.openReader = (options) => {
    isReading = true;
    return open(options);
  };
  const refused = expect(passing(app.start())).rejects.toMatchObject({ code: "STOPPED_WHILE_STARTING" });
  await until("it reads", () => isReading);
  await passing(app.stop());
  await refused;
  expect(await log.members("app")).toEqual([]);
});
