// Who owns the partition: claims in the log, proofs at every append, and a word before going (R3, R4, R8, R9).
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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

describe("going in good order", () => {
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
    await first.task.announceRelease(bench.clock.wallMs() + 11_000);
    const second = bench.owner("B", { handlers: { f: slow(own.promise, executed) } });
    void second.task.open();
    await bench.clock.advance(5_000);
    expect(second.task.status).toBe("RESTORING");
    const gone = first.task.finishRelease(10_000);
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
    await first.task.announceRelease(bench.clock.wallMs() + 3_000);
    const second = bench.owner("B");
    void second.task.open();
    await bench.clock.advance(2_900);
    expect(second.task.status).toBe("RESTORING");
    await bench.clock.advance(600);
    await until("B owns it", () => second.task.status === "RUNNING");
    await first.task.finishRelease(0);
    expect(first.end).toMatchObject({ kind: "fenced" });
  });

  test("an owner that goes reads no further events, and starts no further run", async () => {
    const first = await bench.owner("A", { handlers: { f: () => new Promise(() => {}) } }).open();
    await first.digest();
    await first.task.announceRelease(bench.clock.wallMs() + 60_000);
    await bench.send();
    await turns(50);
    expect(first.task.openRuns).toBe(0);
    await first.task.finishRelease(0);
    const second = await bench.owner("B", { handlers: { f: () => new Promise(() => {}) } }).open();
    await until("B took it up", () => second.task.openRuns === 1);
  });

  test("a sleep that ends while the owner goes is recorded, and goes on elsewhere", async () => {
    const handler: Handler = async ({ step }) => {
      await step.sleep("nap", "20s");
      return "woke";
    };
    const first = await bench.owner("A", { handlers: { f: handler } }).open();
    await bench.send();
    await until("it sleeps", () => first.records.some(({ type }) => type === "SleepStarted"));
    await first.task.announceRelease(bench.clock.wallMs() + 60_000);
    await bench.clock.advance(21_000);
    await first.task.finishRelease(0);
    const second = await bench.owner("B", { handlers: { f: handler } }).open();
    await until("it woke", () => second.records.some(({ type }) => type === "RunCompleted"));
  });
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

test("a partition is handed over at once under load: what others decide meanwhile is not waited for", async () => {
  const busy: Handler = async ({ step }) => {
    for (let n = 0; n < 10_000; n++) await step.run("again", () => n);
  };
  const owner = await bench.owner("A", { handlers: { f: busy } }).open();
  await bench.sendMany(3);
  await until("it is busy", () => owner.frames.length > 20);
  let isAnnounced = false;
  void owner.task.announceRelease(bench.clock.wallMs() + 5_000).then(() => (isAnnounced = true));
  await until("the announcement is acknowledged", () => isAnnounced, 200);
  expect(owner.task.openRuns).toBe(3);
});

/** Somebody else claims the partition: a worker of which only this is known. */
async function claimAside(): Promise<void> {
  const { owner } = await bench.rebuild();
  const value = encodeClaim({ nonce: 4711, replaces: owner?.epoch ?? -1, worker: "a foreigner", time: bench.clock.wallMs() });
  await bench.log.appendAside(JOURNAL, [{ key: null, value }]);
}
