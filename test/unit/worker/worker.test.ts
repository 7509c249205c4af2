// A process' share of an app, on a simulated log: assignment, activation, fencing and stopping.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pino } from "pino";
import { Millrace, type MillraceOptions } from "../../../engine/sdk/index.ts";
import type { FunctionContext } from "../../../engine/execution/function.ts";
import { encodeClaim } from "../../../engine/journal/entry.ts";
import { restore } from "../../../engine/task/restore.ts";
import { stateDigest } from "../../../engine/task/state-digest.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { deferred } from "../../support/deferred.ts";
import { FakeClock, settling, turns, until } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const PARTITIONS = 3;
const JOURNAL = "app.journal";

let clock: FakeClock;
let log: SimulatedLog;
let apps: Millrace[];
let executed: string[];
/** How runs ended, in the frames of all apps. */
let ended: string[];

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  apps = [];
  executed = [];
  ended = [];
});

afterEach(async () => {
  log.thaw();
  log.onAppend = () => null;
  await passing(Promise.all(apps.map((one) => one.stop())));
  await log.close();
});

/** Time goes on until it is settled. */
const passing = <T>(promise: Promise<T>): Promise<T> => settling(clock, promise);

type Handler = (context: FunctionContext) => unknown;

function app(handler: Handler, options: Partial<MillraceOptions> & { readonly functionId?: string } = {}): Millrace {
  const { functionId = "f", ...rest } = options;
  const made = new Millrace(
    { id: "app", partitions: PARTITIONS, logger: pino({ level: "silent" }), stopGraceMs: 0, ...rest },
    {
      log,
      clock,
      random: () => 0.5,
      onFrame: (_, { records }) =>
        void ended.push(...records.map(({ type }) => type).filter((type) => type === "RunCompleted" || type === "RunFailed")),
    },
  );
  made.createFunction({ id: functionId, triggers: [{ event: "go" }] }, handler);
  apps.push(made);
  return made;
}

const noting: Handler = ({ step, event }) => step.run("a", () => executed.push(event.id));

/** Events that spread over the partitions by their keys. */
async function send(from: Millrace, count: number): Promise<readonly string[]> {
  const { ids } = await from.send(Array.from({ length: count }, (_, n) => ({ name: "go", data: null, key: `k${n}` })));
  return ids;
}

async function rebuilt(partition: number, untilLsn: number): Promise<string> {
  const state = emptyState(partition);
  await restore({ log, journal: { topic: JOURNAL, partition }, state, signal: new AbortController().signal, untilLsn });
  return stateDigest(state);
}

async function claimAside(partition: number): Promise<void> {
  const state = emptyState(partition);
  const journal = { topic: JOURNAL, partition };
  await restore({ log, journal, state, signal: new AbortController().signal });
  const value = encodeClaim({ nonce: 1, replaces: state.owner?.epoch ?? -1, worker: "a foreigner", time: clock.wallMs() });
  await log.appendAside(journal, [{ key: null, value }]);
}

function statuses(of: Millrace): readonly string[] {
  return of.status().map(({ partition, status }) => `${partition} ${status}`);
}

test("start() resolves when every partition takes the functions into account: an event sent from then on finds them", async () => {
  const one = app(noting);
  await passing(one.start());
  expect(statuses(one)).toEqual(["0 RUNNING", "1 RUNNING", "2 RUNNING"]);
  const ids = await send(one, 12);
  await until("all ran", () => executed.length === 12);
  expect(executed.toSorted()).toEqual([...ids].toSorted());
  for (const [partition, { lsn, digest }] of await one.digests()) expect(digest).toBe(await rebuilt(partition, lsn));
});

test("an event sent before any function was started is not lost", async () => {
  const one = app(noting);
  await send(one, 3);
  await passing(one.start());
  await until("all ran", () => executed.length === 3);
});

test("the producer's own retries count once: lost answers start no run twice", async () => {
  const one = app(noting);
  await passing(one.start());
  log.onAppend = ({ target }) => (target.topic === "app.events" ? { lostAnswers: 2 } : null);
  await send(one, 10);
  await turns(200);
  expect(executed.length).toBe(10);
});

test("start() rejects when the time is up, naming the partition that did not and why, and the worker goes on", async () => {
  const first = app(noting);
  await passing(first.start());
  await passing(first.stop());
  await log.appendAside({ topic: JOURNAL, partition: 1 }, [{ key: null, value: Buffer.from("garbage") }]);
  const second = app(noting, { functionId: "g", activationTimeoutMs: 2_000 });
  const started = second.start();
  let failure: unknown;
  started.catch((error: unknown) => (failure = error));
  for (let n = 0; n < 40 && failure === undefined; n++) {
    await turns(20);
    await clock.advance(250);
  }
  expect(failure).toMatchObject({ code: "ACTIVATION_TIMEOUT" });
  expect(String(failure)).toMatch(/partition 1 of this worker is CLOSED: journal partition 1, offset \d+: it is not an entry/);
  expect(statuses(second)).toEqual(["0 RUNNING", "1 CLOSED", "2 RUNNING"]);
  expect(second.status()[1]?.problems[0]).toMatch(/Something else wrote to this topic/);
});

test("two workers share the partitions, and one that stops hands its own over: every event runs once", async () => {
  const [one, two] = [app(noting), app(noting)];
  await passing(Promise.all([one.start(), two.start()]));
  expect(Math.abs(one.status().length - two.status().length)).toBe(1);
  await send(one, 10);
  await until("all ran", () => executed.length === 10);
  await passing(one.stop());
  await until("the other has them all", () => two.status().filter(({ status }) => status === "RUNNING").length === PARTITIONS);
  await send(two, 10);
  await until("all ran", () => executed.length === 20);
  expect(new Set(executed).size).toBe(20);
  for (const [partition, { lsn, digest }] of await two.digests()) expect(digest).toBe(await rebuilt(partition, lsn));
});

test("a late foreign claim: an owner that is still assigned owns the partition again, after a heartbeat since then (R9)", async () => {
  const one = app(noting);
  await passing(one.start());
  log.heartbeatAt = clock.monotonicMs();
  await claimAside(1);
  await clock.advance(2_000);
  await turns(50);
  expect(statuses(one)[1]).not.toBe("1 RUNNING");
  log.heartbeatAt = null;
  await clock.advance(200);
  await until("it is owned again", () => statuses(one)[1] === "1 RUNNING");
  await send(one, 12);
  await until("all ran", () => executed.length === 12);
  for (const [partition, { lsn, digest }] of await one.digests()) expect(digest).toBe(await rebuilt(partition, lsn));
});

test("a task that stopped over something that may pass is opened again, later and later", async () => {
  const one = app(noting);
  await passing(one.start());
  let refusals = 0;
  log.onAppend = ({ target }) => {
    if (target.topic !== JOURNAL || target.partition !== 1 || refusals >= 3) return null;
    refusals += 1;
    return { before: () => Promise.reject(new Error("the disk is on fire")) };
  };
  await send(one, 12);
  await until("it stopped", () => statuses(one)[1] !== "1 RUNNING");
  for (let n = 0; n < 60 && executed.length < 12; n++) {
    await clock.advance(250);
    await turns(20);
  }
  expect(refusals).toBe(3);
  expect(new Set(executed).size).toBe(12);
  expect(statuses(one)[1]).toBe("1 RUNNING");
});

describe("deployments", () => {
  test("functions of the newest decide, those it does not name are retired, and runs whose code is nowhere wait", async () => {
    const nap = deferred<void>();
    const first = app(({ step }) => step.run("a", () => nap.promise), { functionId: "old" });
    await passing(first.start());
    await send(first, 3);
    await turns(50);
    await passing(first.stop());
    const second = app(noting, { functionId: "new" });
    await passing(second.start());
    await send(second, 3);
    await until("the new ran", () => executed.length === 3);
    await until("those of the old wait", () => second.status().reduce((sum, { openRuns }) => sum + openRuns, 0) === 3);
  });

  test("the same functions again are the same manifest", async () => {
    const first = app(noting);
    await passing(first.start());
    await passing(first.stop());
    const before = await log.latestOffset({ topic: "app.functions", partition: 0 });
    const second = app(noting);
    await passing(second.start());
    const entries = await log.readAll({ topic: "app.functions", partition: 0 });
    expect(entries.slice(before).filter(({ key }) => key?.toString().startsWith("manifest/"))).toEqual([]);
  });
});

describe("stopping", () => {
  test("lets running steps finish for the time given, records what they said, and the next worker does not run them again", async () => {
    const own = deferred<string>();
    const handler: Handler = async ({ step, event }) => {
      const said = await step.run("a", () => {
        executed.push(event.id);
        return own.promise;
      });
      await step.run("b", () => executed.push(String(said)));
    };
    const first = app(handler, { stopGraceMs: 60_000 });
    await passing(first.start());
    await send(first, 1);
    await until("the step began", () => executed.length === 1);
    const stopped = passing(first.stop());
    await turns(20);
    own.resolve("said");
    await stopped;
    const second = app(handler);
    await passing(second.start());
    await until("the run goes on", () => executed.length === 2);
    expect(executed[1]).toBe("said");
  });

  test("is idempotent, and what comes after is refused with what to do", async () => {
    const one = app(noting);
    await passing(one.start());
    await Promise.all([one.stop(), one.stop()]);
    await passing(one.stop());
    await expect(one.send({ name: "go", data: null })).rejects.toMatchObject({ code: "WRONG_STATE" });
    await expect(one.start()).rejects.toMatchObject({ code: "WRONG_STATE" });
    expect(one.status()).toEqual([]);
  });

  test("an app that never started, or only sent, stops too", async () => {
    const unstarted = app(noting);
    await passing(unstarted.stop());
    const sender = app(noting);
    await send(sender, 1);
    await passing(sender.stop());
  });
});

test("results may be larger than the largest event: the journal's topic holds them (R15)", async () => {
  const small = app(({ step }) => step.run("a", () => "x".repeat(900_000)), { maxEventBytes: 2_048 });
  await passing(small.start());
  await send(small, 3);
  await until("all are over", () => ended.length === 3);
  expect(ended).toEqual(["RunCompleted", "RunCompleted", "RunCompleted"]);
  expect(statuses(small)).toEqual(["0 RUNNING", "1 RUNNING", "2 RUNNING"]);
  const lsns = [...(await small.digests()).values()].map(({ lsn }) => lsn);
  expect(Math.max(...lsns)).toBeGreaterThan(4);
});

test("stop() ends in time though the log does not answer, and the next owner goes on where it was", async () => {
  const first = app(noting);
  await passing(first.start());
  log.freeze();
  await passing(first.stop());
  expect(statuses(first).every((text) => !text.endsWith("RUNNING"))).toBe(true);
  log.thaw();
  const second = app(noting);
  await passing(second.start());
  await passing(send(second, 3));
  await passing(until("every event ran", () => executed.length === 3));
});
