import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeClaim } from "../../../engine/journal/entry.ts";
import { stateDigest } from "../../../engine/task/state-digest.ts";
import type { Handler } from "../../../engine/execution/function.ts";
import { deferred } from "../../support/deferred.ts";
import { skewed, turns, until } from "../../support/fake-clock.ts";
import { EVENTS, JOURNAL, TaskBench, TOPICS } from "../../support/task-bench.ts";

let bench: TaskBench;

beforeEach(async () => {
  bench = await TaskBench.open();
});

afterEach(async () => {
  await bench.close();
});

const twoSteps: Handler = async ({ step }) => {
  const a = await step.run("a", () => 1);
  return await step.run("b", () => a + 1);
};

test("an event starts a run, its steps are recorded one frame after the other, and the state is the fold of the journal (R1)", async () => {
  const owner = await bench.owner("A", { handlers: { f: twoSteps } }).open();
  await bench.send();
  await until("the run is over", () => owner.records.some(({ type }) => type === "RunCompleted"));
  expect(owner.records.map(({ type }) => type)).toEqual([
    "ManifestActivated",
    "RunsStarted",
    "StepCompleted",
    "StepCompleted",
    "RunCompleted",
  ]);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("effects wait for the ack: no step begins while the frame that started its run is on its way (R4)", async () => {
  const began: string[] = [];
  const ack = deferred<void>();
  await bench.owner("A", { handlers: { f: ({ step }) => step.run("a", () => began.push("a")) } }).open();
  bench.log.onAppend = () => ({ after: () => ack.promise });
  await bench.send();
  await turns(50);
  expect(began).toEqual([]);
  ack.resolve();
  bench.log.onAppend = () => null;
  await until("the step began", () => began.length > 0);
});

test("what is decided while a frame is in flight goes together into the next", async () => {
  const ack = deferred<void>();
  const owner = await bench.owner("A", { handlers: { f: () => new Promise(() => {}) } }).open();
  bench.log.onAppend = () => ({ after: () => ack.promise });
  await bench.send();
  await turns(20);
  await bench.sendMany(20);
  await turns(20);
  bench.log.onAppend = () => null;
  ack.resolve();
  await until("all are decided", () => owner.task.openRuns === 21);
  await owner.digest();
  expect(owner.frames.slice(1).map(({ records }) => records.length)).toEqual([1, 20]);
});

test("an answer that is lost costs nothing: the same bytes stand in the log twice and count once (R5, R6)", async () => {
  const executed: string[] = [];
  const owner = bench.owner("A", {
    handlers: {
      f: ({ step, event }) => step.run("a", () => executed.push(event.id)),
    },
  });
  bench.log.onAppend = ({ target }) => (target.topic === TOPICS.journal ? { lostAnswers: 2 } : null);
  await owner.open();
  await bench.sendMany(5);
  await until("all runs are over", () => owner.task.openRuns === 0 && executed.length === 5);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
  const entries = (await bench.log.readAll(JOURNAL)).map(({ value }) => value?.toString("base64"));
  expect(entries.length).toBe(3 * new Set(entries).size);
  expect(executed.length).toBe(new Set(executed).size);
});

test("a claim whose answer is lost counts by its earlier copy (R3, R6)", async () => {
  bench.log.onAppend = ({ index }) => (index === 0 ? { lostAnswers: 1 } : null);
  const owner = await bench.owner("A").open();
  expect((await bench.rebuild()).owner?.epoch).toBe(0);
  expect(owner.end).toBeNull();
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("an append that gets a lower offset than it must stops the partition: the log lost what it had acknowledged (R4)", async () => {
  const owner = await bench.owner("A", { handlers: { f: twoSteps } }).open();
  await bench.send();
  await until("the run is over", () => owner.frames.length > 3);
  await owner.digest();
  await bench.log.loseAllBut(TOPICS.journal, 2);
  await bench.send();
  await until("the owner stops", () => owner.end !== null);
  expect(owner.end).toMatchObject({ kind: "stopped", error: { code: "JOURNAL_TRUNCATED" } });
});

test("an idle owner finds a truncated journal within two seconds (R9)", async () => {
  const owner = await bench.owner("A", { handlers: { f: twoSteps } }).open();
  await owner.digest();
  await bench.log.loseAllBut(TOPICS.journal, 0);
  await bench.clock.advance(2_000);
  expect(owner.end).toMatchObject({ kind: "stopped", error: { code: "JOURNAL_TRUNCATED" } });
});

test("a journal whose beginning is gone stops the partition before it decides anything (R11)", async () => {
  const first = await bench.owner("A").open();
  await first.digest();
  first.task.abandon();
  await bench.log.trim(JOURNAL, 1);
  const second = await bench.owner("B").open();
  expect(second.end).toMatchObject({ kind: "stopped", error: { code: "JOURNAL_NO_HISTORY" } });
});

test("an entry that cannot be read stops the partition loudly, at its offset (R2)", async () => {
  const first = await bench.owner("A").open();
  await first.digest();
  first.task.abandon();
  await bench.log.appendAside(JOURNAL, [{ key: null, value: Buffer.from("no entry at all") }]);
  const second = await bench.owner("B").open();
  expect(second.end).toMatchObject({ kind: "stopped", error: { code: "JOURNAL_DAMAGED" } });
  expect(second.end?.kind === "stopped" ? second.end.error.message : "").toMatch(/journal partition 0, offset 2: /);
});

test("a failed step comes back at its time, and a sleep ends at its own, by the log's clock", async () => {
  const times: number[] = [];
  const owner = await bench
    .owner("A", {
      handlers: {
        f: async ({ step }) => {
          await step.run("a", ({ attempt }) => {
            times.push(bench.clock.wallMs());
            if (attempt < 2) throw new Error("again");
          });
          await step.sleep("nap", "10 min");
          times.push(bench.clock.wallMs());
        },
      },
    })
    .open();
  const begin = bench.clock.wallMs();
  await bench.send();
  await bench.advanceUntil("the run is over", () => owner.task.openRuns === 0 && owner.frames.length > 2, 1_000);
  const [first = 0, second = 0, third = 0, awake = 0] = times;
  expect([first - begin, second - first, third - second]).toEqual([0, 1_000, 2_000]);
  expect(awake - third).toBeGreaterThanOrEqual(600_000);
  expect(awake - third).toBeLessThan(600_000 + 10);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test.each([-3_600_000, 3_600_000])(
  "a machine whose clock is off by %i ms decides by the log's time, and leaves no other to its successors (DESIGN §8)",
  async (offMs) => {
    const owner = await bench.owner("A", { clock: skewed(bench.clock, offMs), handlers: { f: twoSteps } }).open();
    await bench.send();
    await until("the run is over", () => owner.frames.length > 3);
    const late = owner.frames.map(({ time }) => Math.abs(time - bench.clock.wallMs()));
    expect(Math.max(...late)).toBeLessThan(2);
  },
);

test("wall time that moves while monotonic time stands still makes the proof old: a suspended owner looks before it begins a step (R4)", async () => {
  const executed: string[] = [];
  const gate = deferred<void>();
  const owner = await bench
    .owner("A", {
      handlers: {
        f: async ({ step }) => {
          await gate.promise;
          await step.run("after", () => executed.push("after"));
        },
      },
    })
    .open();
  await bench.send();
  await until("the handler waits", () => owner.task.openRuns === 1);
  await owner.digest();
  await claimAside();
  bench.clock.setWall(bench.clock.wallMs() + 600_000);
  gate.resolve();
  await until("it knows that it is over", () => owner.end !== null);
  expect(owner.end).toMatchObject({ kind: "fenced" });
  expect(executed).toEqual([]);
});

test("after a suspension the time is learned again by an empty frame, and what came due meanwhile happens (DESIGN §8)", async () => {
  const handler: Handler = async ({ step }) => {
    await step.sleep("nap", "1h");
  };
  const owner = await bench.owner("A", { handlers: { f: handler } }).open();
  await bench.send();
  await until("it sleeps", () => owner.records.some(({ type }) => type === "SleepStarted"));
  await owner.digest();
  bench.clock.setWall(bench.clock.wallMs() + 2 * 3_600_000); // monotonic time stood still meanwhile
  await bench.clock.advance(2_000);
  await until("it woke", () => owner.task.openRuns === 0);
  expect(owner.frames.some(({ records }) => records.length === 0)).toBe(true);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("a journal that ends before a frame that is known of stops the partition, before it claims (R11)", async () => {
  const first = await bench.owner("A").open();
  await first.digest();
  first.task.abandon();
  const end = await bench.log.latestOffset(JOURNAL);
  const second = await bench.owner("B", { knownLsn: 99 }).open();
  expect(second.end).toMatchObject({ kind: "stopped", error: { code: "JOURNAL_TRUNCATED" } });
  expect(await bench.log.latestOffset(JOURNAL)).toBe(end);
});

test("a run that fails for good runs its onFailure and owes function.failed to the events topic, once", async () => {
  bench.declare({ f: { onFailure: true }, told: { triggers: ["millrace/function.failed"] } });
  const told: unknown[] = [];
  const handled: unknown[] = [];
  const owner = await bench
    .owner("A", {
      retries: 0,
      handlers: {
        f: () => Promise.reject(new Error("boom")),
        "f/on-failure": ({ event }) => void handled.push(event.data),
        told: ({ event }) => void told.push(event.data),
      },
    })
    .open();
  await bench.send({ id: "mine", data: `{"n":1}` });
  await until("both were told", () => told.length > 0 && handled.length > 0);
  expect(told).toEqual(handled);
  expect(told).toMatchObject([{ functionId: "f", error: { message: "boom" }, event: { id: "mine", data: { n: 1 } } }]);
  await owner.digest();
  await turns(20);
  expect(await bench.log.latestOffset(EVENTS)).toBe(2);
  expect((await bench.rebuild()).emissions.size).toBe(0);
});

test("what is owed when an owner dies is paid by the next", async () => {
  const first = await bench.owner("A", { retries: 0, handlers: { f: () => Promise.reject(new Error("boom")) } }).open();
  bench.log.onAppend = ({ target }) => (target.topic === TOPICS.events ? { before: () => new Promise(() => {}) } : null);
  await bench.send();
  await until("the debt stands", () => first.records.some(({ type }) => type === "EmissionOwed"));
  first.task.abandon();
  bench.log.onAppend = () => null;
  const second = await bench.owner("B").open();
  await until("it is paid", () => second.records.some(({ type }) => type === "EmissionsConfirmed"));
  expect((await bench.rebuild()).emissions.size).toBe(0);
  expect((await bench.log.readAll(EVENTS)).map(({ headers }) => headers["ce_type"]?.toString())).toEqual([
    "go",
    "millrace/function.failed",
  ]);
});

test("the digest of a live owner, of its successor and of a rebuild are the same (R1, R12)", async () => {
  const handlers = { f: twoSteps };
  const first = await bench.owner("A", { handlers }).open();
  await bench.sendMany(10);
  await bench.send({ id: "given" });
  await until("all runs are over", () => first.frames.length > 3 && first.task.openRuns === 0);
  const live = await first.digest();
  expect(live).toBe(await bench.rebuiltDigest());
  first.task.abandon();
  const second = await bench.owner("B", { handlers }).open();
  expect(await second.digest()).toBe(stateDigest(await bench.rebuild()));
});

describe("the life of a task", () => {
  test("CREATED, RESTORING, RUNNING, LEAVING, RELEASING, CLOSED, and nothing else", async () => {
    const owner = bench.owner("A");
    expect(owner.task.status).toBe("CREATED");
    void owner.task.open();
    expect(owner.task.status).toBe("RESTORING");
    await until("it runs", () => owner.task.status === "RUNNING");
    await owner.task.leave.announce(bench.clock.wallMs() + 1_000);
    expect(owner.task.status).toBe("LEAVING");
    const released = owner.task.leave.finish(0);
    expect(owner.task.status).toBe("RELEASING");
    await released;
    expect(owner.task.status).toBe("CLOSED");
    expect(owner.end).toEqual({ kind: "released" });
    owner.task.abandon();
    expect(owner.task.status).toBe("CLOSED");
  });

  test("one that is abandoned before it opened, or while it restores, ends without a word", async () => {
    const unopened = bench.owner("A");
    unopened.task.abandon();
    expect(unopened.end).toEqual({ kind: "released" });
    const restoring = bench.owner("B");
    void restoring.task.open();
    await restoring.task.leave.announce(0);
    await turns(20);
    expect(restoring.end).toEqual({ kind: "released" });
    expect(await bench.log.latestOffset(JOURNAL)).toBe(0);
  });
});

/** Somebody else claims the partition: a worker of which only this is known. */
async function claimAside(): Promise<void> {
  const { owner } = await bench.rebuild();
  const value = encodeClaim({ nonce: 4711, replaces: owner?.epoch ?? -1, worker: "a foreigner", time: bench.clock.wallMs() });
  await bench.log.appendAside(JOURNAL, [{ key: null, value }]);
}
