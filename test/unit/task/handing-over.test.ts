// An owner that goes in good order: it says so, works on until its successor has caught up, and hands over (DESIGN §5).
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import { decodeEntry, encodeKnock } from "../../../engine/journal/entry.ts";
import type { Knock } from "../../../schemas/journal/generated.ts";
import { deferred } from "../../support/deferred.ts";
import { turns, until } from "../../support/fake-clock.ts";
import { JOURNAL, TaskBench } from "../../support/task-bench.ts";

let bench: TaskBench;

beforeEach(async () => {
  bench = await TaskBench.open();
});

afterEach(async () => {
  await bench.close();
});

function counting(executed: string[], name: string): Handler {
  return ({ step, event }) => step.run("a", () => executed.push(`${name} ${event.id}`));
}

const slow = (own: Promise<unknown>, executed: string[]): Handler => {
  return async ({ step }) => {
    await step.run("a", async () => {
      executed.push("a");
      await own;
    });
    await step.run("b", () => executed.push("b"));
  };
};

test("the successor restores meanwhile, and claims when the owner says that it is done: what executed is recorded and not run again", async () => {
  const own = deferred<void>();
  const executed: string[] = [];
  const first = await bench.owner("A", { handlers: { f: slow(own.promise, executed) } }).open();
  await bench.send();
  await until("the step began", () => executed.length === 1);
  await first.task.leave.announce(bench.clock.wallMs() + 11_000);
  const second = bench.owner("B", { handlers: { f: slow(own.promise, executed) } });
  void second.task.open();
  await bench.clock.advance(5_000);
  expect(second.task.status).toBe("RESTORING");
  const gone = first.task.leave.finish(10_000);
  own.resolve();
  await gone;
  expect(first.end).toEqual({ kind: "released" });
  await until("B goes on", () => executed.length === 2);
  expect(executed).toEqual(["a", "b"]);
  expect(first.records.at(-1)).toEqual({ type: "OwnerReleased" });
});

test("the successor waits no longer than the owner asked for", async () => {
  const first = await bench.owner("A").open();
  await first.digest();
  await first.task.leave.announce(bench.clock.wallMs() + 3_000);
  const second = bench.owner("B");
  void second.task.open();
  await bench.clock.advance(2_900);
  expect(second.task.status).toBe("RESTORING");
  await bench.clock.advance(600);
  await until("B owns it", () => second.task.status === "RUNNING");
  await first.task.leave.finish(0);
  expect(first.end).toMatchObject({ kind: "fenced" });
});

test("an owner that takes leave does all that it did: reads events, starts runs, fires timers", async () => {
  const handler: Handler = async ({ step }) => {
    await step.sleep("nap", "20s");
    return "woke";
  };
  const first = await bench.owner("A", { handlers: { f: handler } }).open();
  await first.task.leave.announce(bench.clock.wallMs() + 60_000);
  await bench.send();
  await until("it sleeps", () => first.records.some(({ type }) => type === "SleepStarted"));
  await bench.clock.advance(21_000);
  await until("it woke", () => first.records.some(({ type }) => type === "RunCompleted"));
  expect(first.task.status).toBe("LEAVING");
});

test("an owner that hands over reads no further events, and starts no further run; its successor does", async () => {
  const own = deferred<void>();
  const handler: Handler = ({ step }) => step.run("a", () => own.promise);
  const first = await bench.owner("A", { handlers: { f: handler } }).open();
  await bench.send();
  await until("a step executes", () => first.task.executingSteps === 1);
  await first.task.leave.announce(bench.clock.wallMs() + 60_000);
  const gone = first.task.leave.finish(60_000);
  await bench.send();
  await turns(50);
  expect(first.task.openRuns).toBe(1);
  own.resolve();
  await gone;
  const second = await bench.owner("B", { handlers: { f: () => new Promise(() => {}) } }).open();
  await until("B took it up", () => second.task.openRuns === 1);
});

test("the successor knocks when it has read all, once, and folds what the owner decides meanwhile", async () => {
  const ended: string[] = [];
  const first = await bench.owner("A", { handlers: { f: counting(ended, "A") } }).open();
  await first.task.leave.announce(bench.clock.wallMs() + 60_000);
  const second = bench.owner("B", { handlers: { f: counting(ended, "B") } });
  void second.task.open();
  await until("B knocked", async () => (await knocks()).length === 1);
  expect(await knocks()).toMatchObject([{ worker: "B", epoch: (await bench.rebuild()).owner?.epoch }]);
  await bench.sendMany(5);
  await until("A works on", () => ended.length === 5);
  await first.task.leave.finish(0);
  await until("B owns it", () => second.task.status === "RUNNING");
  await bench.send();
  await until("B works", () => ended.at(-1)?.startsWith("B") === true);
  expect(ended.length).toBe(6);
  expect(await knocks()).toHaveLength(1);
  expect(await second.digest()).toBe(await bench.rebuiltDigest());
});

test("the owner hears a knock by its next append (R4), or by listening where it appends nothing", async () => {
  for (const byAppend of [true, false]) {
    await using own = await TaskBench.open();
    const first = await own.owner("A", { handlers: { f: counting([], "A") } }).open();
    await first.digest();
    let isHeard = false;
    void first.task.leave.knocked.then(() => (isHeard = true));
    await first.task.leave.announce(own.clock.wallMs() + 60_000);
    const second = own.owner("B");
    void second.task.open();
    await turns(100);
    expect(isHeard).toBe(false);
    if (byAppend) await own.send();
    else {
      await own.clock.advance(40);
      first.task.leave.listen(20);
    }
    await until("A heard it", () => isHeard);
    expect(first.end).toBeNull();
  }
});

test("a knock at an owner that has not said that it goes, or that goes no more, means nothing", async () => {
  const first = await bench.owner("A").open();
  const { owner } = await bench.rebuild();
  const knock = encodeKnock({ epoch: owner?.epoch ?? -1, nonce: 1, worker: "early", time: 0 });
  await bench.log.appendAside(JOURNAL, [{ key: null, value: knock }]);
  await bench.send();
  await first.digest();
  let isHeard = false;
  void first.task.leave.knocked.then(() => (isHeard = true));
  await first.task.leave.announce(bench.clock.wallMs() + 60_000);
  await turns(20);
  expect(isHeard).toBe(false);
  expect(await first.digest()).toBe(await bench.rebuiltDigest());
});

test("a time that is said again counts from then on", async () => {
  const first = await bench.owner("A").open();
  await first.task.leave.announce(bench.clock.wallMs() + 1_000);
  const second = bench.owner("B");
  void second.task.open();
  await bench.clock.advance(500);
  await first.task.leave.announce(bench.clock.wallMs() + 3_000);
  await bench.clock.advance(2_500);
  expect(second.task.status).toBe("RESTORING");
  await bench.clock.advance(1_000);
  await until("B owns it", () => second.task.status === "RUNNING");
});

test("a successor that hears of its share before the owner hears of its loss waits for the owner's word, where the group says that it lives", async () => {
  const own = deferred<void>();
  const executed: string[] = [];
  const first = await bench.owner("A", { handlers: { f: slow(own.promise, executed) } }).open();
  await bench.send();
  await until("the step began", () => executed.length === 1);
  const second = bench.owner("B", { handlers: { f: slow(own.promise, executed) }, alive: ["A", "B"] });
  void second.task.open();
  await bench.clock.advance(1_000);
  expect(second.task.status).toBe("RESTORING");
  await first.task.leave.announce(bench.clock.wallMs() + 60_000);
  await until("B knocked", async () => (await knocks()).length === 1);
  const gone = first.task.leave.finish(10_000);
  own.resolve();
  await gone;
  await until("B goes on", () => executed.length === 2);
  expect(executed).toEqual(["a", "b"]);
  expect(first.end).toEqual({ kind: "released" });
});

test("an owner that lives and says nothing is not waited for longer than five seconds, and a dead one not at all", async () => {
  const first = await bench.owner("A").open();
  const second = bench.owner("B", { alive: ["A", "B"] });
  void second.task.open();
  await bench.clock.advance(4_500);
  expect(second.task.status).toBe("RESTORING");
  await bench.clock.advance(1_000);
  await until("B owns it", () => second.task.status === "RUNNING");
  await bench.advanceUntil("A is over", () => first.end?.kind === "fenced");
  const third = bench.owner("C", { alive: ["C"] });
  void third.task.open();
  await until("C owns it", () => third.task.status === "RUNNING");
  // Its own name is no other's.
  third.task.abandon();
  const again = bench.owner("C", { alive: ["C"] });
  void again.task.open();
  await until("C owns it again", () => again.task.status === "RUNNING");
});

test("a sleep that ends while the owner hands over is recorded, and goes on elsewhere", async () => {
  const own = deferred<void>();
  const handler: Handler = async ({ step }) => {
    await Promise.all([step.sleep("nap", "20s"), step.run("a", () => own.promise)]);
    await step.run("b", () => "woke");
  };
  const first = await bench.owner("A", { handlers: { f: handler } }).open();
  await bench.send();
  await until("it sleeps", () => first.records.some(({ type }) => type === "SleepStarted"));
  await first.task.leave.announce(bench.clock.wallMs() + 60_000);
  const gone = first.task.leave.finish(60_000);
  await bench.clock.advance(21_000);
  await until("it is recorded", () => first.records.some(({ type }) => type === "SleepEnded"));
  own.resolve();
  await gone;
  expect(first.records.some(({ type }) => type === "RunCompleted")).toBe(false);
  const second = await bench.owner("B", { handlers: { f: handler } }).open();
  await until("it woke", () => second.records.some(({ type }) => type === "RunCompleted"));
});

test("a partition is handed over at once under load: what others decide meanwhile is not waited for", async () => {
  const busy: Handler = async ({ step }) => {
    for (let n = 0; n < 10_000; n++) await step.run("again", () => n);
  };
  const owner = await bench.owner("A", { handlers: { f: busy } }).open();
  await bench.sendMany(3);
  await until("it is busy", () => owner.frames.length > 20);
  let isAnnounced = false;
  void owner.task.leave.announce(bench.clock.wallMs() + 5_000).then(() => (isAnnounced = true));
  await until("the announcement is acknowledged", () => isAnnounced, 200);
  expect(owner.task.openRuns).toBe(3);
});

async function knocks(): Promise<readonly Knock[]> {
  const entries = (await bench.log.readAll(JOURNAL)).map(({ value }) => decodeEntry(value));
  return entries.flatMap((entry) => (entry.kind === "knock" ? [entry.knock] : []));
}
