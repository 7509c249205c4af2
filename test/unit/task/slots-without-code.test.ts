// Runs that hold slots of a shared limit, in a worker that has no code for them (DESIGN §7).
import { expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import type { FlowSpec } from "../../../engine/workflow/flow/spec.ts";
import { until } from "../../support/fake-clock.ts";
import { TaskBench } from "../../support/task-bench.ts";

const FLOW: FlowSpec = { concurrency: [{ limit: 1, key: '"ai"', scope: "app" }] };
const F = { triggers: ["f"], flow: FLOW };
const G = { triggers: ["g"], flow: FLOW };

const forever = new Promise<number>(() => {});
const stuck: Handler = ({ step }) => step.run("a", () => forever);
const quick: Handler = ({ step }) => step.run("a", () => 1);

/** Its owner dies while a run of f executes. */
async function diedWithF(): Promise<TaskBench> {
  const bench = await TaskBench.open({ f: F, g: G });
  const owner = await bench.owner("A", { handlers: { f: stuck, g: quick } }).open();
  await bench.send({ name: "f" });
  await bench.advanceUntil("f executes", () => owner.task.executingSteps === 1);
  await owner.digest();
  owner.task.abandon();
  return bench;
}

test("a run whose function is gone keeps no slot from others, and has one again when its code is back", async () => {
  await using bench = await diedWithF();
  bench.declare({ g: G });
  const without = await bench.owner("B", { handlers: { g: quick } }).open();
  await bench.send({ name: "g" });
  await bench.advanceUntil("g is over", () => without.task.openRuns === 1 && without.records.some(({ type }) => type === "RunCompleted"));
  expect((await bench.rebuild()).flow.pools.size).toBe(0);
  without.task.abandon();
  bench.declare({ f: F, g: G });
  const withCode = await bench.owner("C", { handlers: { f: quick, g: quick } }).open();
  await bench.advanceUntil("f is over", () => withCode.task.openRuns === 0);
  expect(withCode.records.map(({ type }) => type)).toContain("SlotsGiven");
});

test("a slot that such a run had asked for goes on to the next when it is its turn", async () => {
  await using bench = await TaskBench.open({ f: F, g: G });
  const both: Handler = ({ step }) => Promise.all([step.run("a", () => forever), step.run("b", () => 1)]);
  const owner = await bench.owner("A", { handlers: { f: both, g: quick } }).open();
  await bench.send({ name: "f" });
  await until("it asks for another", () => owner.records.some(({ type }) => type === "SlotsAsked"));
  await owner.digest();
  owner.task.abandon();
  const without = await bench.owner("B", { handlers: { g: quick } }).open();
  await bench.send({ name: "g" });
  await bench.advanceUntil("g is over", () => without.records.some(({ type }) => type === "RunCompleted"));
  expect((await bench.rebuild()).flow.pools.size).toBe(0);
});

test("a run whose code is not here, and shares a limit with other functions, waits in its line and keeps no slot from them", async () => {
  await using bench = await TaskBench.open({ f: F, g: G });
  const without = await bench.owner("A", { handlers: { g: quick } }).open();
  for (const name of ["f", "f", "g"]) await bench.send({ name });
  await bench.advanceUntil("g is over", () => without.records.some(({ type }) => type === "RunCompleted"));
  expect(without.task.openRuns).toBe(0);
  expect((await bench.rebuild()).flow.rows.size).toBe(2);
  without.task.abandon();
  const withCode = await bench.owner("B", { handlers: { f: quick, g: quick } }).open();
  await bench.advanceUntil("both are over", () => withCode.records.filter(({ type }) => type === "RunCompleted").length === 2);
});
