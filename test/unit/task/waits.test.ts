// No wake-up is lost, whenever an event comes and whoever dies; and each wait has one outcome, the same after a rebuild.
/* oxlint-disable vitest/no-standalone-expect -- each test ends with what holds of all of them */
import { afterEach, describe, expect, test } from "vitest";
import { partitionOfRun, type RunId } from "../../../engine/core/ids.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { SIGNAL_EVENT, valueOfSignal } from "../../../engine/workflow/wait/signal-event.ts";
import { arbiterOf } from "../../../engine/workflow/wait/arbiter.ts";
import { must } from "../../../engine/core/errors.ts";
import { turns } from "../../support/fake-clock.ts";
import { Crowd, TOPICS, type CrowdFunction, type SentEvent } from "../../support/waits/crowd.ts";
import { judge } from "../../support/waits/judge.ts";
import type { Action } from "../../support/waits/script.ts";

const P = 3;
const MINUTE = 60_000;
/** The one that decides waits for `id` 1. */
const ARBITER = arbiterOf(P, "paid", "n:1");
const OTHERS = [0, 1, 2].filter((partition) => partition !== ARBITER);
const [NEAR = 0, FAR = 0] = OTHERS;

let crowd: Crowd;
let functions: Readonly<Record<string, CrowdFunction>>;

async function open(...script: readonly Action[]): Promise<void> {
  await openWith({ buyer: { triggers: ["go"], script } });
}

async function openWith(of: Readonly<Record<string, CrowdFunction>>): Promise<void> {
  functions = of;
  crowd = await Crowd.open(P, of);
  crowd.ownAll();
  await pass(2_000);
}

afterEach(async () => {
  expect(await judge(crowd, functions)).toEqual([]);
  for (const place of crowd.places()) {
    const owner = crowd.ownerOf(place);
    if (owner?.task.status === "RUNNING") expect((await owner.task.digest()).digest).toBe(await crowd.rebuiltDigest(place));
  }
  await crowd.close();
});

function wait(over: Partial<Extract<Action, { kind: "wait" }>> = {}): Action {
  return { kind: "wait", event: "paid", match: "data.id", timeoutMs: 30_000, lookbackMs: 0, ...over };
}

async function pass(ms: number): Promise<void> {
  await crowd.clock.advance(ms);
  await turns(20);
}

const go = (partition = NEAR): Promise<unknown> => crowd.send({ name: "go", data: { id: 1 }, partition });
const paid = (over: Partial<SentEvent> = {}): Promise<unknown> =>
  crowd.send({ name: "paid", data: { id: 1, n: 2 }, partition: FAR, ...over });

async function recorded<T extends JournalRecord["type"]>(type: T): Promise<readonly Extract<JournalRecord, { type: T }>[]> {
  const all = (await crowd.allCounted()).toSorted((a, b) => a.time - b.time).map(({ record }) => record);
  return all.filter((record): record is Extract<JournalRecord, { type: T }> => record.type === type);
}

/** Ids of the events that waits found, null for those that found none. */
async function outcomes(): Promise<readonly (string | null)[]> {
  return (await recorded("WaitResolved")).map(({ event }) => event?.id ?? null);
}

describe("an event is found", () => {
  test("that comes after the wait", async () => {
    await open(wait());
    await go();
    await pass(5_000);
    await paid({ id: "after" });
    await pass(1_000);
    expect(await outcomes()).toEqual(["after"]);
  });

  test("that came before it, while the step before it was under way", async () => {
    await open({ kind: "step", ms: 5_000 }, wait());
    await go();
    await pass(3_000);
    await paid({ id: "before" });
    await pass(5_000);
    expect(await outcomes()).toEqual(["before"]);
  });

  test("that came before its shape was known to anybody", async () => {
    await open({ kind: "step", ms: 5_000 }, wait());
    await go();
    await pass(3_000);
    await paid({ id: "unheard of" });
    await pass(1_000);
    expect(await recorded("ShapeActivated")).toEqual([]);
    await pass(5_000);
    expect(await outcomes()).toEqual(["unheard of"]);
  });

  test("that its arbiter has forgotten, since the step before the wait took so long", async () => {
    await open({ kind: "step", ms: 25 * MINUTE }, wait({ if: "async.data.n > 1" }));
    // Another run makes the shape known; the event is remembered, and forgotten.
    await crowd.send({ name: "go", data: { id: 1 }, partition: FAR });
    await go();
    await pass(20 * MINUTE);
    await paid({ id: "early" });
    await pass(6 * MINUTE);
    expect(await outcomes()).toEqual(["early", "early"]);
    await go();
    await pass(5 * MINUTE);
    await paid({ id: "late" });
    await pass(11 * MINUTE);
    await paid({ id: "not wanted", data: { id: 1, n: 0 } });
    await pass(15 * MINUTE);
    expect(await outcomes()).toEqual(["early", "early", "late"]);
    // It was asked for again: it was remembered no more.
    const asked = (await recorded("ScanAsked")).filter(({ event }) => event === "paid");
    expect(asked.length).toBeGreaterThan(1);
  });

  test("as far back as it looks", async () => {
    await open(wait({ lookbackMs: 20 * MINUTE }));
    await paid({ id: "long ago" });
    await pass(15 * MINUTE);
    await go();
    await pass(2_000);
    expect(await outcomes()).toEqual(["long ago"]);
  });

  test("that an attempt provoked whose owner died before it could say so", async () => {
    await open({ kind: "step", ms: 5_000, provokes: "paid" }, wait());
    await go();
    await pass(2_000);
    crowd.kill(NEAR);
    await pass(8_000);
    crowd.own(NEAR);
    await pass(20_000);
    expect(await outcomes()).toEqual(["e2"]);
  });

  test("by every wait that it matches, of runs in any partition", async () => {
    await open(wait());
    for (const partition of crowd.places()) await go(partition);
    await pass(2_000);
    await paid({ id: "one" });
    await pass(1_000);
    expect(await outcomes()).toEqual(["one", "one", "one"]);
  });

  test("whole, though it is too large to be told", async () => {
    await open(wait({ if: "async.data.n > 1" }));
    await go();
    await pass(2_000);
    const text = "x".repeat(200_000);
    await paid({ id: "large", data: { id: 1, n: 2, text } });
    await pass(1_000);
    const [resolved] = await recorded("WaitResolved");
    expect(JSON.parse(resolved?.event?.data ?? "null")).toEqual({ id: 1, n: 2, text });
  });
});

describe("a loop of waits", () => {
  const loop = (times: number): readonly Action[] => Array<Action>(times).fill(wait({ timeoutMs: null }));

  test("sees each event once, in whatever partition it came", async () => {
    await open(...loop(6));
    await go();
    await pass(1_000);
    for (let n = 0; n < 6; n++) await paid({ id: `n${n}`, partition: n % P });
    await crowd.settle(2_000);
    expect((await outcomes()).toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual(["n0", "n1", "n2", "n3", "n4", "n5"]);
    expect(await recorded("RunCompleted")).toHaveLength(1);
  });

  test("sees all of a burst, however many came at the same moment", async () => {
    await open(...loop(450));
    await go();
    await pass(1_000);
    for (let n = 0; n < 450; n++) await paid({ id: `n${n}`, partition: n % P });
    await crowd.settle(60_000);
    expect(new Set(await outcomes()).size).toBe(450);
    expect(await recorded("RunCompleted")).toHaveLength(1);
  });

  test("sees those that come late, from a partition that had no owner", async () => {
    await open(...loop(2));
    await go();
    await pass(1_000);
    crowd.kill(FAR);
    await paid({ id: "first", partition: FAR });
    await pass(30_000);
    await paid({ id: "second", partition: NEAR });
    await pass(1_000);
    expect(await outcomes()).toEqual(["second"]);
    crowd.own(FAR);
    await pass(5_000);
    expect(await outcomes()).toEqual(["second", "first"]);
  });

  test("sees what came while it was not sure of its time-out", async () => {
    await open(wait({ timeoutMs: 5_000 }), wait());
    await go();
    await pass(1_000);
    for (const place of crowd.places()) crowd.kill(place);
    await pass(10_000);
    await paid({ id: "in between" });
    await pass(10_000);
    crowd.ownAll();
    await pass(5_000);
    expect(await outcomes()).toEqual([null, "in between"]);
  });
});

describe("a deadline loses to an event that came before it (R13)", () => {
  test("after an outage of all workers, from whatever partition it comes, though that one opens a minute after the others", async () => {
    await open(wait({ timeoutMs: 10_000 }));
    await go();
    await pass(3_000);
    for (const place of crowd.places()) crowd.kill(place);
    await paid({ id: "in time" });
    await pass(10 * MINUTE);
    crowd.own(NEAR);
    crowd.own(ARBITER);
    await pass(50_000);
    expect(await outcomes()).toEqual([]);
    crowd.own(FAR);
    await pass(5_000);
    expect(await outcomes()).toEqual(["in time"]);
  });

  test("and wins over one that came after it", async () => {
    await open(wait({ timeoutMs: 10_000 }));
    await go();
    await pass(3_000);
    for (const place of crowd.places()) crowd.kill(place);
    await pass(MINUTE);
    await paid({ id: "too late" });
    crowd.ownAll();
    await pass(10_000);
    expect(await outcomes()).toEqual([null]);
  });

  test("at the same millisecond", async () => {
    await open(wait({ timeoutMs: 10_000 }));
    await go();
    await pass(3_000);
    const [started] = await recorded("WaitStarted");
    const left = (started?.deadline ?? 0) - crowd.clock.wallMs();
    await crowd.clock.advance(left - 1);
    crowd.clock.skip(1);
    await paid({ id: "at the last moment" });
    await pass(2_000);
    expect(await outcomes()).toEqual(["at the last moment"]);
  });

  test("but not for ever: a partition that does not answer for a minute is not waited for, and the log says so", async () => {
    await open(wait({ timeoutMs: 10_000 }));
    await go();
    await pass(3_000);
    crowd.kill(FAR);
    await pass(65_000);
    expect(await outcomes()).toEqual([]);
    await pass(10_000);
    expect(await outcomes()).toEqual([null]);
    expect(crowd.said).toMatchObject([{ code: "WAIT_EXPIRED_UNSURE", fields: { partition: ARBITER, waits: 1 } }]);
    crowd.own(FAR);
    await pass(5_000);
  });

  test("and a process that stands still for an hour has asked nobody meanwhile", async () => {
    await open(wait({ timeoutMs: 10_000 }));
    await go();
    await pass(3_000);
    await paid({ id: "in time", partition: FAR });
    // Nobody runs; and then the reader of that partition is slow.
    let isSlow = true;
    crowd.log.onRead = ({ topic, partition }) =>
      isSlow && topic === TOPICS.events && partition === FAR ? new Promise((resolve) => void crowd.clock.setTimer(5_000, resolve)) : null;
    crowd.clock.skip(60 * MINUTE);
    await pass(3_000);
    isSlow = false;
    await pass(10_000);
    expect(await outcomes()).toEqual(["in time"]);
  });
});

describe("a match, an expiry and a cancellation that race have one winner", () => {
  test.each([0, 1, 2, 3, 4, 5])("whatever their order (%i)", async (order) => {
    await openWith({ buyer: { triggers: ["go"], script: [wait({ timeoutMs: 4_000 })], cancelOn: [{ event: "stop", match: "data.id" }] } });
    await go();
    await pass(3_000);
    const [started] = await recorded("WaitStarted");
    const run = must(started, "the wait").run;
    const left = (started?.deadline ?? 0) - crowd.clock.wallMs();
    const acts = [
      () => paid({ id: "match" }),
      () => crowd.send({ name: "stop", data: { id: 1 }, partition: order % P }),
      () => crowd.command(partitionOfRun(run), { type: "CancelRun", run, reason: "people" }),
    ];
    await crowd.clock.advance(left - 2);
    for (let n = 0; n < 3; n++) {
      const act = acts[(order + n * (order < 3 ? 1 : 2)) % 3];
      await act?.();
      await crowd.clock.advance(1);
      crowd.kill(crowd.places()[(order + n) % P] ?? 0);
      crowd.ownAll();
    }
    await pass(15_000);
    const ends = [...(await recorded("RunCompleted")), ...(await recorded("RunCancelled"))];
    expect(ends).toHaveLength(1);
    expect((await recorded("WaitResolved")).length).toBeLessThanOrEqual(1);
    const over: readonly RunId[] = ends.map((end) => end.run);
    expect(over).toEqual([run]);
  });
});

describe("a signal", () => {
  test("that comes for a run which is cancelled meanwhile is given to the next that waits", async () => {
    const signal = must(
      ["approve", "agree", "allow", "admit", "accept"].find((name) => arbiterOf(P, SIGNAL_EVENT, valueOfSignal(name)) === 1),
      "a signal that is decided in partition 1",
    );
    await open({ kind: "signal", signal, timeoutMs: null, replaces: false });
    await go(0);
    await pass(2_000);
    const [first] = await recorded("WaitStarted");
    const { run } = must(first, "the wait");
    crowd.kill(0);
    // Its owner hears of this before it hears that the signal is its own.
    await crowd.command(0, { type: "CancelRun", run, reason: "enough" });
    await crowd.signal(signal);
    await go(2);
    await pass(3_000);
    expect(await recorded("WaitResolved")).toEqual([]);
    crowd.own(0);
    await crowd.settle(3_000);
    expect(await recorded("RunCancelled")).toMatchObject([{ run }]);
    expect(await recorded("WaitResolved")).toHaveLength(1);
    expect(await recorded("RunCompleted")).toHaveLength(1);
  });
});

describe("what is decided with an event fits a frame (R15)", () => {
  test("large events with many compared values, in an app of one partition", async () => {
    const paths = ["data.a", "data.b", "data.c", "data.d", "data.e"];
    functions = { buyer: { triggers: ["go"], script: paths.map((match) => wait({ match, timeoutMs: 1_000 })) } };
    crowd = await Crowd.open(1, functions);
    crowd.ownAll();
    await pass(2_000);
    const values = { a: 1, b: 2, c: 3, d: 4, e: 5 };
    await crowd.send({ name: "go", data: values });
    await pass(20_000);
    for (let n = 0; n < 3; n++) await crowd.send({ name: "paid", data: { ...values, n, text: "x".repeat(900_000) } });
    await crowd.send({ name: "go", data: values });
    await pass(20_000);
    expect(await recorded("RunCompleted")).toHaveLength(2);
    expect((await recorded("EventKept")).length).toBeGreaterThanOrEqual(15);
    const sizes = (await crowd.log.readAll({ topic: TOPICS.journal, partition: 0 })).map(({ value }) => value?.length ?? 0);
    expect(Math.max(...sizes)).toBeLessThan(3.5 * 1024 * 1024);
  });

  test("an event that ends thousands of waits, with an owner that dies in the middle", async () => {
    await open(wait({ timeoutMs: null }));
    for (let n = 0; n < 1_000; n++) await go(n % P);
    await pass(5_000);
    let frames = 0;
    crowd.log.onAppend = ({ target }) => {
      if (target.topic === TOPICS.journal && target.partition === ARBITER && ++frames === 4) {
        crowd.kill(ARBITER);
        crowd.own(ARBITER);
      }
      return null;
    };
    await paid({ id: "one for all" });
    await pass(30_000);
    const found = await outcomes();
    expect([found.length, new Set(found)]).toEqual([1_000, new Set(["one for all"])]);
  });
});
