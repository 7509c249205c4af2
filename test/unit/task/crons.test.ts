// Crons under owners in turn: a tick counts once, whoever decides it, and whenever.
import { afterEach, beforeEach, expect, test } from "vitest";
import { skewed, until } from "../../support/fake-clock.ts";
import type { Handler } from "../../../engine/execution/function.ts";
import { TaskBench, TOPICS, type Owner } from "../../support/task-bench.ts";

const MINUTE = 60_000;
const EVERY_MINUTE = { cron: "* * * * *" };

let bench: TaskBench;
/** Ticks that were run, as minutes since the test began. */
let ran: number[];
let start: number;

beforeEach(async () => {
  bench = await TaskBench.open({ f: { triggers: [EVERY_MINUTE] } });
  ran = [];
  start = bench.clock.wallMs();
});

afterEach(async () => {
  await bench.close();
});

const handler: Handler = async ({ step, event }) => {
  await step.run("tick", () => ran.push((event.time - start) / MINUTE));
};

function owner(name: string, over: Parameters<TaskBench["owner"]>[1] = {}): Promise<Owner> {
  return bench.owner(name, { handlers: { f: handler }, ...over }).open();
}

async function ranSoMany(count: number): Promise<void> {
  await bench.advanceUntil(`${count} ticks ran`, () => ran.length >= count, 1_000);
}

test("an owner that dies leaves its next tick to the one after it", async () => {
  const first = await owner("A");
  await ranSoMany(2);
  first.task.abandon();
  const second = await owner("B");
  await ranSoMany(4);
  expect(ran).toEqual([1, 2, 3, 4]);
  expect(await second.digest()).toBe(await bench.rebuiltDigest());
});

test("a tick whose owner is replaced before its frame counts is decided by the next owner, as the same run (R4, R10)", async () => {
  const first = await owner("A");
  bench.log.onAppend = ({ target }) => {
    if (target.topic !== TOPICS.journal || bench.clock.wallMs() < start + MINUTE) return null;
    bench.log.onAppend = () => null;
    return { before: () => owner("B") };
  };
  await bench.advanceUntil("A is over", () => first.end !== null, 1_000);
  await ranSoMany(1);
  expect(ran).toEqual([1]);
  expect((await bench.rebuild()).runs.size).toBe(0);
});

test("a tick that nobody was there for runs when somebody is, once for all that were missed", async () => {
  const first = await owner("A");
  await ranSoMany(1);
  first.task.abandon();
  await bench.clock.advance(10 * MINUTE);
  await owner("B");
  await ranSoMany(3);
  expect(ran).toEqual([1, 11, 12]);
});

test("a deployment in which a cron stays loses no tick and doubles none, even one that is due in between", async () => {
  const first = await owner("A");
  await ranSoMany(1);
  first.task.abandon();
  await bench.clock.advance(MINUTE);
  const manifest = bench.declare({ f: { triggers: [EVERY_MINUTE, "go"] }, g: { triggers: [{ cron: "0 0 1 1 *" }] } });
  const second = await owner("B", { manifest });
  await ranSoMany(2);
  second.task.manifestSeen(bench.declare({ f: { triggers: [EVERY_MINUTE] } }));
  await ranSoMany(4);
  expect(ran).toEqual([1, 2, 3, 4]);
});

test("a function that is gone fires no more, and one that is back goes on with the ticks to come", async () => {
  const first = await owner("A");
  await ranSoMany(1);
  first.task.manifestSeen(bench.declare({ g: {} }));
  await until("the new functions are in force", () => first.activations.length === 2);
  await bench.clock.advance(5 * MINUTE);
  first.task.manifestSeen(bench.declare({ f: { triggers: [EVERY_MINUTE] } }));
  await ranSoMany(2);
  expect(ran).toEqual([1, 7]);
});

test("an owner whose own clock is an hour ahead fires nothing before its time by the log's clock", async () => {
  const first = await owner("A", { clock: skewed(bench.clock, 60 * MINUTE) });
  await ranSoMany(3);
  expect(ran).toEqual([1, 2, 3]);
  for (const { records, time } of first.frames) {
    for (const record of records) if (record.type === "RunsStarted") expect(time).toBeGreaterThanOrEqual(record.event.time);
  }
});
