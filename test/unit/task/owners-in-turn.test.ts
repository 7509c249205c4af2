// Who owns the partition: claims in the log, and proofs at every append (R3, R4, R8, R9).
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import { encodeClaim } from "../../../engine/journal/entry.ts";
import { deferred } from "../../support/deferred.ts";
import { turns, until } from "../../support/fake-clock.ts";
import { JOURNAL, TaskBench, TOPICS } from "../../support/task-bench.ts";

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

test("an owner that appends after another's claim is over, and releases nothing of that frame (R3, R4)", async () => {
  const executed: string[] = [];
  const first = await bench.owner("A", { handlers: { f: counting(executed, "A") } }).open();
  // The claim stands in the log before the frame that starts the run.
  bench.log.onAppend = ({ target }) => {
    if (target.topic !== TOPICS.journal) return null;
    bench.log.onAppend = () => null;
    return { before: () => claimAside() };
  };
  const frames = first.frames.length;
  await bench.send();
  await until("A is over", () => first.end !== null);
  expect(first.end).toMatchObject({ kind: "fenced", by: expect.stringContaining("a foreigner") as unknown });
  expect(first.frames.length).toBe(frames);
  expect(executed).toEqual([]);
  expect((await bench.rebuild()).runs.size).toBe(0);
});

test("the next owner decides the same event again, and it runs once", async () => {
  const executed: string[] = [];
  const first = await bench.owner("A", { handlers: { f: counting(executed, "A") } }).open();
  bench.log.onAppend = ({ target }) => {
    if (target.topic !== TOPICS.journal) return null;
    bench.log.onAppend = () => null;
    const second = bench.owner("B", { handlers: { f: counting(executed, "B") } });
    return { before: () => second.open() };
  };
  const id = await bench.send();
  await until("A is over", () => first.end !== null);
  await until("the step ran", () => executed.length > 0);
  expect(executed).toEqual([`B ${id}`]);
  const second = bench.owners[1];
  expect(await second?.digest()).toBe(await bench.rebuiltDigest());
});

test("an owner that was frozen looks at the log before it does anything: a proof older than a second is renewed (R4)", async () => {
  const executed: string[] = [];
  const begin = deferred<void>();
  const handler: Handler = async ({ step }) => {
    await begin.promise;
    await step.run("a", () => executed.push("A"));
  };
  const first = await bench.owner("A", { handlers: { f: handler } }).open();
  await bench.send();
  await until("the run is live", () => first.task.openRuns === 1);
  await first.digest();
  await claimAside();
  bench.clock.skip(1_500); // nothing of this process ran meanwhile
  begin.resolve();
  await until("A is over", () => first.end !== null);
  expect(executed).toEqual([]);
});

test("an owner whose proof is young acts at once", async () => {
  const executed: string[] = [];
  const begin = deferred<void>();
  const handler: Handler = async ({ step }) => {
    await begin.promise;
    await step.run("a", () => executed.push("A"));
  };
  const first = await bench.owner("A", { handlers: { f: handler } }).open();
  await bench.send();
  await until("the run is live", () => first.task.openRuns === 1);
  await first.digest();
  bench.log.freeze(); // no look at the log would be answered
  begin.resolve();
  await turns(10);
  expect(executed).toEqual(["A"]);
});

test("an append that took longer than a second is proved again before its effects (R4)", async () => {
  const executed: string[] = [];
  const first = await bench.owner("A", { handlers: { f: counting(executed, "A") } }).open();
  bench.log.onAppend = ({ target }) => {
    if (target.topic !== TOPICS.journal) return null;
    bench.log.onAppend = () => null;
    return {
      after: async () => {
        await claimAside();
        bench.clock.skip(5_000);
      },
    };
  };
  await bench.send();
  await until("A is over", () => first.end !== null);
  expect(executed).toEqual([]);
  // Its frame stands before the claim, and counts for whoever comes next.
  expect((await bench.rebuild()).runs.size).toBe(1);
});

test("an idle owner hears of another's claim within a second (R9)", async () => {
  const first = await bench.owner("A").open();
  await first.digest();
  await claimAside();
  await bench.clock.advance(1_500);
  expect(first.end).toMatchObject({ kind: "fenced" });
});

test("a claim that comes late, after another took the partition, changes nothing (R3)", async () => {
  const first = await bench.owner("A").open();
  const epoch = (await bench.rebuild()).owner?.epoch ?? -1;
  first.task.abandon();
  const second = await bench.owner("B").open();
  await second.digest();
  await bench.log.appendAside(JOURNAL, [
    { key: null, value: encodeClaim({ nonce: 1, replaces: epoch, worker: "a claim from yesterday", time: 0 }) },
  ]);
  await bench.send();
  await until("B decides on", () => second.records.some(({ type }) => type === "RunsStarted"));
  expect(second.end).toBeNull();
  expect(await second.digest()).toBe(await bench.rebuiltDigest());
});

test("a claimant that finds another's claim before its own asks the group before it claims again (R9)", async () => {
  const first = await bench.owner("A").open();
  await first.digest();
  first.task.abandon();
  const heartbeat = deferred<void>();
  let asked = 0;
  const mayReclaim = (): Promise<void> => {
    asked += 1;
    return heartbeat.promise;
  };
  const second = bench.owner("B", { mayReclaim });
  bench.log.onAppend = () => {
    bench.log.onAppend = () => null;
    return { before: () => claimAside() };
  };
  void second.task.open();
  await until("B asked", () => asked === 1);
  await turns(50);
  expect(second.task.status).toBe("RESTORING");
  heartbeat.resolve();
  await until("B owns it", () => second.task.status === "RUNNING");
  expect(asked).toBe(1);
  expect(await second.digest()).toBe(await bench.rebuiltDigest());
});

test("frames of an owner that is over are passed over, wherever they land (R3, R5)", async () => {
  const first = await bench.owner("A", { handlers: { f: counting([], "A") } }).open();
  await bench.send();
  await until("the run is over", () => first.task.openRuns === 0 && first.frames.length > 2);
  const before = (await bench.log.readAll(JOURNAL)).map(({ value }) => value);
  first.task.abandon();
  const second = await bench.owner("B").open();
  const digest = await second.digest();
  for (const value of before.slice(1).toReversed()) await bench.log.appendAside(JOURNAL, [{ key: null, value }]);
  expect(await bench.rebuiltDigest()).toBe(digest);
  await bench.clock.advance(1_000);
  expect(second.end).toBeNull();
});

test("runs of a dead owner are resumed a few at a time, and all of them", async () => {
  let executing = 0;
  const first = await bench.owner("A", { handlers: { f: () => new Promise(() => {}) } }).open();
  await bench.sendMany(200);
  await until("all are live", () => first.task.openRuns === 200);
  await first.digest();
  first.task.abandon();
  const own = deferred<void>();
  const handler: Handler = async ({ step }) => {
    executing += 1;
    await step.run("a", () => own.promise);
  };
  const second = await bench.owner("B", { handlers: { f: handler } }).open();
  await until("some are resumed", () => executing === 64);
  await turns(20);
  expect(executing).toBe(64);
  await bench.clock.advance(1_100);
  expect(executing).toBe(128);
  own.resolve();
  await bench.advanceUntil("all are over", () => second.task.openRuns === 0);
  expect(executing).toBe(200);
});

test("attempts that came due while there was no owner begin a few at a time, too", async () => {
  let executing = 0;
  const failing: Handler = ({ step }) => step.run("a", () => Promise.reject(new Error("not now")));
  const first = await bench.owner("A", { handlers: { f: failing } }).open();
  await bench.sendMany(200);
  await until("all wait for their second attempt", () => first.records.filter(({ type }) => type === "StepFailed").length === 200);
  await first.digest();
  first.task.abandon();
  await bench.clock.advance(60_000);
  const own = deferred<void>();
  const handler: Handler = ({ step }) =>
    step.run("a", () => {
      executing += 1;
      return own.promise;
    });
  const second = await bench.owner("B", { handlers: { f: handler } }).open();
  await until("some are begun", () => executing === 64);
  await turns(20);
  expect(executing).toBe(64);
  own.resolve();
  await bench.advanceUntil("all are over", () => second.task.openRuns === 0);
  expect(executing).toBe(200);
});

/** Somebody else claims the partition: a worker of which only this is known. */
async function claimAside(): Promise<void> {
  const { owner } = await bench.rebuild();
  const value = encodeClaim({ nonce: 4711, replaces: owner?.epoch ?? -1, worker: "a foreigner", time: bench.clock.wallMs() });
  await bench.log.appendAside(JOURNAL, [{ key: null, value }]);
}
