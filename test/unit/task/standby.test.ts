// A standby folds what another owns, and an owner goes on from there: as if it had read the journal itself.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import { JournalError } from "../../../engine/journal/errors.ts";
import { Standby } from "../../../engine/task/standby.ts";
import { stateDigest } from "../../../engine/task/state-digest.ts";
import { deferred } from "../../support/deferred.ts";
import { turns, until } from "../../support/fake-clock.ts";
import { JOURNAL, TaskBench, TOPICS, type Owner } from "../../support/task-bench.ts";

let bench: TaskBench;
let standbys: Standby[];
let failures: unknown[];

beforeEach(async () => {
  bench = await TaskBench.open();
  standbys = [];
  failures = [];
});

afterEach(async () => {
  for (const standby of standbys) standby.close();
  await bench.close();
});

function standby(): Standby {
  const made = new Standby({
    log: bench.log,
    journal: JOURNAL,
    image: { topic: TOPICS.state, partition: 0 },
    partitions: 1,
    onCaughtUp: () => {},
    onFailed: (error) => void failures.push(error),
  });
  standbys.push(made);
  return made;
}

/** Who reads the journal, and from where. */
function readsFrom(): readonly number[] {
  const reads: number[] = [];
  bench.log.onRead = ({ topic, from }) => {
    if (topic === JOURNAL.topic) reads.push(from);
    return null;
  };
  return reads;
}

async function completed(owner: Owner, runs: number): Promise<void> {
  await until(`${runs} runs are over`, () => owner.records.filter(({ type }) => type === "RunCompleted").length === runs);
}

const twoSteps: Handler = async ({ step }) => {
  await step.run("a", () => 1);
  await step.run("b", () => 2);
};

test("an owner that has what a standby folded reads the journal from there on, and has the state of a rebuild (R1)", async () => {
  const first = await bench.owner("A", { handlers: { f: twoSteps } }).open();
  await bench.sendMany(5);
  const following = standby();
  await bench.sendMany(5);
  await completed(first, 10);
  await first.digest();
  await turns(50);
  first.task.abandon();
  const ahead = await following.take();
  expect(ahead?.next).toBe(await bench.log.latestOffset(JOURNAL));
  const reads = readsFrom();
  const second = await bench.owner("B", { handlers: { f: twoSteps }, ...(ahead === null ? {} : { ahead }) }).open();
  expect(Math.min(...reads)).toBe(ahead?.next);
  await bench.sendMany(3);
  await completed(second, 3);
  expect(await second.digest()).toBe(await bench.rebuiltDigest());
});

test("runs, sleeps and timers that were folded ahead go on", async () => {
  const done: string[] = [];
  const handler: Handler = async ({ step, event }) => {
    await step.sleep("nap", "20s");
    await step.run("a", () => done.push(event.id));
  };
  const first = await bench.owner("A", { handlers: { f: handler } }).open();
  const following = standby();
  await bench.sendMany(3);
  await until("all sleep", () => first.records.filter(({ type }) => type === "SleepStarted").length === 3);
  await first.digest();
  await turns(50);
  first.task.abandon();
  const ahead = await following.take();
  const second = await bench.owner("B", { handlers: { f: handler }, ...(ahead === null ? {} : { ahead }) }).open();
  await bench.advanceUntil("all are over", () => done.length === 3 && second.task.openRuns === 0);
  expect(await second.digest()).toBe(await bench.rebuiltDigest());
});

test("what is appended after it was taken is folded by its owner alone", async () => {
  const first = await bench.owner("A", { handlers: { f: twoSteps } }).open();
  const following = standby();
  await first.digest();
  await turns(50);
  const ahead = await following.take();
  const before = ahead === null ? "" : stateDigest(ahead.state);
  await bench.sendMany(5);
  await completed(first, 5);
  await turns(50);
  expect(ahead === null ? null : stateDigest(ahead.state)).toBe(before);
});

test("one that is taken while it restores restores first: nobody would be faster", async () => {
  const first = await bench.owner("A", { handlers: { f: twoSteps } }).open();
  await bench.sendMany(5);
  await completed(first, 5);
  await first.digest();
  const held = deferred<void>();
  bench.log.onRead = ({ topic }) => (topic === JOURNAL.topic ? held.promise : null);
  const taking = standby().take();
  held.resolve();
  expect((await taking)?.next).toBe(await bench.log.latestOffset(JOURNAL));
});

test("one that meets what it cannot read gives what came before, and its owner stops there, loudly (R2)", async () => {
  const first = await bench.owner("A", { handlers: { f: twoSteps } }).open();
  const following = standby();
  await first.digest();
  await turns(50);
  const end = await bench.log.latestOffset(JOURNAL);
  await bench.log.appendAside(JOURNAL, [{ key: null, value: Buffer.from("garbage") }]);
  await until("it noticed", () => failures.length === 1);
  expect(failures[0]).toBeInstanceOf(JournalError);
  const ahead = await following.take();
  expect(ahead?.next).toBe(end);
  const second = bench.owner("B", ahead === null ? {} : { ahead });
  void second.task.open();
  await until("B stopped", () => second.end !== null);
  expect(second.end).toMatchObject({ kind: "stopped", error: { code: "JOURNAL_DAMAGED" } });
});

test("one that could not restore gives nothing", async () => {
  await bench.log.appendAside(JOURNAL, [{ key: null, value: Buffer.from("garbage") }]);
  const failed = standby();
  await until("it noticed", () => failures.length === 1);
  expect(await failed.take()).toBeNull();
});
