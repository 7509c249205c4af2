// A process' share of an app, on a simulated log: assignment, activation, fencing and stopping.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeClaim } from "../../../engine/journal/entry.ts";
import { AppBench, JOURNAL, PARTITIONS, statuses, type AppHandler } from "../../support/app-bench.ts";
import { deferred } from "../../support/deferred.ts";
import { turns, until } from "../../support/fake-clock.ts";

let bench: AppBench;

beforeEach(async () => {
  bench = await AppBench.open();
});

afterEach(async () => {
  await bench.close();
});

async function claimAside(partition: number): Promise<void> {
  const state = await bench.rebuild(partition);
  const journal = { topic: JOURNAL, partition };
  const value = encodeClaim({ nonce: 1, replaces: state.owner?.epoch ?? -1, worker: "a foreigner", time: bench.clock.wallMs() });
  await bench.log.appendAside(journal, [{ key: null, value }]);
}

test("start() resolves when every partition takes the functions into account: an event sent from then on finds them", async () => {
  const one = bench.app(bench.noting);
  await bench.passing(one.start());
  expect(statuses(one)).toEqual(["0 RUNNING", "1 RUNNING", "2 RUNNING"]);
  const ids = await bench.send(one, 12);
  await until("all ran", () => bench.executed.length === 12);
  expect(bench.executed.toSorted()).toEqual([...ids].toSorted());
  for (const [partition, { lsn, digest }] of await one.digests()) expect(digest).toBe(await bench.rebuiltDigest(partition, lsn));
});

test("an event sent before any function was started is not lost", async () => {
  const one = bench.app(bench.noting);
  await bench.send(one, 3);
  await bench.passing(one.start());
  await until("all ran", () => bench.executed.length === 3);
});

test("the producer's own retries count once: lost answers start no run twice", async () => {
  const one = bench.app(bench.noting);
  await bench.passing(one.start());
  bench.log.onAppend = ({ target }) => (target.topic === "app.events" ? { lostAnswers: 2 } : null);
  await bench.send(one, 10);
  await turns(200);
  expect(bench.executed.length).toBe(10);
});

test("start() rejects when the time is up, naming the partition that did not and why, and the worker goes on", async () => {
  const first = bench.app(bench.noting);
  await bench.passing(first.start());
  await bench.passing(first.stop());
  await bench.log.appendAside({ topic: JOURNAL, partition: 1 }, [{ key: null, value: Buffer.from("garbage") }]);
  const second = bench.app(bench.noting, { functionId: "g", activationTimeoutMs: 2_000 });
  const started = second.start();
  let failure: unknown;
  started.catch((error: unknown) => (failure = error));
  for (let n = 0; n < 40 && failure === undefined; n++) {
    await turns(20);
    await bench.clock.advance(250);
  }
  expect(failure).toMatchObject({ code: "ACTIVATION_TIMEOUT" });
  expect(String(failure)).toMatch(/partition 1 of this worker is CLOSED: journal partition 1, offset \d+: it is not an entry/);
  expect(statuses(second)).toEqual(["0 RUNNING", "1 CLOSED", "2 RUNNING"]);
  expect(second.status()[1]?.problems[0]).toMatch(/Something else wrote to this topic/);
});

test("two workers share the partitions, and one that stops hands its own over: every event runs once", async () => {
  const [one, two] = [bench.app(bench.noting), bench.app(bench.noting)];
  await bench.passing(Promise.all([one.start(), two.start()]));
  expect(Math.abs(one.status().length - two.status().length)).toBe(1);
  await bench.send(one, 10);
  await until("all ran", () => bench.executed.length === 10);
  await bench.passing(one.stop());
  await until("the other has them all", () => two.status().filter(({ status }) => status === "RUNNING").length === PARTITIONS);
  await bench.send(two, 10);
  await until("all ran", () => bench.executed.length === 20);
  expect(new Set(bench.executed).size).toBe(20);
  for (const [partition, { lsn, digest }] of await two.digests()) expect(digest).toBe(await bench.rebuiltDigest(partition, lsn));
});

test("a late foreign claim: an owner that is still assigned owns the partition again, after a heartbeat since then (R9)", async () => {
  const one = bench.app(bench.noting);
  await bench.passing(one.start());
  bench.log.heartbeatAt = bench.clock.monotonicMs();
  await claimAside(1);
  await bench.clock.advance(2_000);
  await turns(50);
  expect(statuses(one)[1]).not.toBe("1 RUNNING");
  bench.log.heartbeatAt = null;
  await bench.clock.advance(200);
  await until("it is owned again", () => statuses(one)[1] === "1 RUNNING");
  await bench.send(one, 12);
  await until("all ran", () => bench.executed.length === 12);
  for (const [partition, { lsn, digest }] of await one.digests()) expect(digest).toBe(await bench.rebuiltDigest(partition, lsn));
});

test("a task that stopped over something that may pass is opened again, later and later", async () => {
  const one = bench.app(bench.noting);
  await bench.passing(one.start());
  let refusals = 0;
  bench.log.onAppend = ({ target }) => {
    if (target.topic !== JOURNAL || target.partition !== 1 || refusals >= 3) return null;
    refusals += 1;
    return { before: () => Promise.reject(new Error("the disk is on fire")) };
  };
  await bench.send(one, 12);
  await until("it stopped", () => statuses(one)[1] !== "1 RUNNING");
  for (let n = 0; n < 60 && bench.executed.length < 12; n++) {
    await bench.clock.advance(250);
    await turns(20);
  }
  expect(refusals).toBe(3);
  expect(new Set(bench.executed).size).toBe(12);
  expect(statuses(one)[1]).toBe("1 RUNNING");
});

describe("deployments", () => {
  test("functions of the newest decide, those it does not name are retired, and runs whose code is nowhere wait", async () => {
    const nap = deferred<void>();
    const first = bench.app(({ step }) => step.run("a", () => nap.promise), { functionId: "old" });
    await bench.passing(first.start());
    await bench.send(first, 3);
    await turns(50);
    await bench.passing(first.stop());
    const second = bench.app(bench.noting, { functionId: "new" });
    await bench.passing(second.start());
    await bench.send(second, 3);
    await until("the new ran", () => bench.executed.length === 3);
    await until("those of the old wait", () => second.status().reduce((sum, { openRuns }) => sum + openRuns, 0) === 3);
  });

  test("the same functions again are the same manifest", async () => {
    const first = bench.app(bench.noting);
    await bench.passing(first.start());
    await bench.passing(first.stop());
    const before = await bench.log.latestOffset({ topic: "app.functions", partition: 0 });
    const second = bench.app(bench.noting);
    await bench.passing(second.start());
    const entries = await bench.log.readAll({ topic: "app.functions", partition: 0 });
    expect(entries.slice(before).filter(({ key }) => key?.toString().startsWith("manifest/"))).toEqual([]);
  });
});

describe("stopping", () => {
  test("lets running steps finish for the time given, records what they said, and the next worker does not run them again", async () => {
    const own = deferred<string>();
    const handler: AppHandler = async ({ step, event }) => {
      const said = await step.run("a", () => {
        bench.executed.push(event.id);
        return own.promise;
      });
      await step.run("b", () => bench.executed.push(String(said)));
    };
    const first = bench.app(handler, { stopGraceMs: 60_000 });
    await bench.passing(first.start());
    await bench.send(first, 1);
    await until("the step began", () => bench.executed.length === 1);
    const stopped = bench.passing(first.stop());
    await turns(20);
    own.resolve("said");
    await stopped;
    const second = bench.app(handler);
    await bench.passing(second.start());
    await until("the run goes on", () => bench.executed.length === 2);
    expect(bench.executed[1]).toBe("said");
  });

  test("is idempotent, and what comes after is refused with what to do", async () => {
    const one = bench.app(bench.noting);
    await bench.passing(one.start());
    await Promise.all([one.stop(), one.stop()]);
    await bench.passing(one.stop());
    await expect(one.send({ name: "go", data: null })).rejects.toMatchObject({ code: "WRONG_STATE" });
    await expect(one.start()).rejects.toMatchObject({ code: "WRONG_STATE" });
    expect(one.status()).toEqual([]);
  });

  test("an app that never started, or only sent, stops too", async () => {
    const unstarted = bench.app(bench.noting);
    await bench.passing(unstarted.stop());
    const sender = bench.app(bench.noting);
    await bench.send(sender, 1);
    await bench.passing(sender.stop());
  });
});

test("results may be larger than the largest event: the journal's topic holds them (R15)", async () => {
  const small = bench.app(({ step }) => step.run("a", () => "x".repeat(900_000)), { maxEventBytes: 2_048 });
  await bench.passing(small.start());
  await bench.send(small, 3);
  await until("all are over", () => bench.ended.length === 3);
  expect(bench.ended).toEqual(["RunCompleted", "RunCompleted", "RunCompleted"]);
  expect(statuses(small)).toEqual(["0 RUNNING", "1 RUNNING", "2 RUNNING"]);
  const lsns = [...(await small.digests()).values()].map(({ lsn }) => lsn);
  expect(Math.max(...lsns)).toBeGreaterThan(4);
});

test("stop() ends in time though the bench.log does not answer, and the next owner goes on where it was", async () => {
  const first = bench.app(bench.noting);
  await bench.passing(first.start());
  bench.log.freeze();
  await bench.passing(first.stop());
  expect(statuses(first).every((text) => !text.endsWith("RUNNING"))).toBe(true);
  bench.log.thaw();
  const second = bench.app(bench.noting);
  await bench.passing(second.start());
  await bench.passing(bench.send(second, 3));
  await bench.passing(until("every event ran", () => bench.executed.length === 3));
});
