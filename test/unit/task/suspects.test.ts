// What an owner does with runs that others died with: in groups, alone, and not at all (DESIGN §6).
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunId } from "../../../engine/core/ids.ts";
import type { Handler } from "../../../engine/execution/function.ts";
import { Lane } from "../../../engine/task/lane.ts";
import { LONE_SUSPICION, MAX_LANES } from "../../../engine/workflow/run/suspicion.ts";
import { turns, until } from "../../support/fake-clock.ts";
import { TaskBench, type Owner } from "../../support/task-bench.ts";

let bench: TaskBench;

beforeEach(async () => {
  bench = await TaskBench.open();
});

afterEach(async () => {
  await bench.close();
});

const forever = new Promise<number>(() => {});
/** Whatever it does, it has got nowhere when its owner dies. */
const stuck: Handler = ({ step }) => step.run("a", () => forever);
const quick: Handler = ({ step }) => step.run("a", () => 1);

/** Owners die one after the other, each once it has called as many runs. Only what is awaited here passes. */
async function die(owners: number, runs = 1): Promise<void> {
  for (let n = 0; n < owners; n++) {
    const owner = bench.owner(`dies ${bench.owners.length}`, { handlers: { f: stuck } });
    await owner.open();
    await bench.advanceUntil(`${runs} runs are called`, () => owner.task.executingSteps === runs);
    await owner.digest();
    owner.task.abandon();
  }
}

const typesOf = (owner: Owner): readonly string[] => owner.records.map(({ type }) => type);
const groupsOf = (owner: Owner): readonly number[] =>
  owner.records.flatMap((record) => (record.type === "RunsResumed" ? [record.runs.length] : []));

test("that a run is called again stands in the journal before it is; one record does for all that are called together", async () => {
  await bench.sendMany(10);
  await die(1, 10);
  const called: RunId[] = [];
  const owner = bench.owner("B", {
    handlers: {
      f: async ({ step, runId }) => {
        called.push(runId);
        expect(owner.records.some((record) => record.type === "RunsResumed" && record.runs.includes(runId))).toBe(true);
        await step.run("a", () => 1);
      },
    },
  });
  await owner.open();
  await until("all are over", () => owner.task.openRuns === 0);
  expect(called.length).toBe(10);
  expect(groupsOf(owner)).toEqual([10]);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("new runs, and those that something came for, need no such record", async () => {
  const napping: Handler = async ({ step }) => {
    await step.sleep("nap", "1h");
    await step.run("a", () => 1);
  };
  const first = await bench.owner("A", { handlers: { f: napping } }).open();
  await bench.sendMany(3);
  await until("they sleep", () => typesOf(first).filter((type) => type === "SleepStarted").length === 3);
  await first.digest();
  first.task.abandon();
  const second = await bench.owner("B", { handlers: { f: napping } }).open();
  await bench.clock.advance(3_700_000);
  await until("all are over", () => second.task.openRuns === 0);
  expect(new Set([...typesOf(first), ...typesOf(second)])).not.toContain("RunsResumed");
});

test("a run that waits for another attempt, with its code let go of, is no suspect of the next death", async () => {
  const failing: Handler = ({ step }) => step.run("a", () => Promise.reject(new Error("not yet")));
  const owner = await bench.owner("A", { handlers: { f: failing }, retries: 20 }).open();
  await bench.send();
  const failures = (): number => typesOf(owner).filter((type) => type === "StepFailed").length;
  await bench.advanceUntil("its attempts are far apart", () => failures() === 6);
  await bench.advanceUntil("it is said to rest", () => typesOf(owner).at(-1) === "RunsRested");
  owner.task.abandon();
  await bench.owner("B").open();
  expect([...(await bench.rebuild()).runs.values()].map(({ suspicion }) => suspicion)).toEqual([0]);
});

describe("after several deaths", () => {
  test("runs are called in groups that are halved, the less suspicious first; who gets nowhere in time is passed by", async () => {
    await bench.sendMany(40);
    await die(2, 40);
    // Of 40 that two owners died with, 32 are called together, and have two seconds.
    const owner = await bench.owner("C", { handlers: { f: stuck } }).open();
    await until("a group is called", () => owner.task.executingSteps === 32);
    expect(groupsOf(owner)).toEqual([32]);
    await bench.clock.advance(1_900);
    expect(groupsOf(owner)).toEqual([32]);
    await bench.clock.advance(200);
    await until("the others are called", () => owner.task.executingSteps === 40);
    expect(groupsOf(owner)).toEqual([32, 8]);
    owner.task.abandon();
    // Others that came meanwhile are less suspicious, and go first.
    await bench.sendMany(1);
    await die(1, 1 + 16);
  });

  test("those that get somewhere let the next group in at once", async () => {
    await bench.sendMany(40);
    await die(3, 40);
    const owner = await bench.owner("D", { handlers: { f: quick } }).open();
    await until("all are over", () => owner.task.openRuns === 0);
    expect(groupsOf(owner)).toEqual([16, 16, 8]);
  });
});

describe("a run that seven owners died with", () => {
  beforeEach(async () => {
    await bench.send({ id: "suspect" });
    await die(LONE_SUSPICION);
  });

  test("is called alone: what is new waits, at the most two seconds, and then it was not alone any more", async () => {
    const called: string[] = [];
    const handler: Handler = async ({ step, event }) => {
      called.push(event.id);
      await step.run("a", () => (event.id === "suspect" ? forever : 1));
    };
    const owner = await bench.owner("A", { handlers: { f: handler } }).open();
    await until("it is called", () => called.length > 0);
    expect(owner.said.filter(({ fields }) => fields["code"] === "RUN_ALONE").length).toBe(1);
    const id = await bench.send();
    await bench.clock.advance(1_900);
    expect(called).toEqual(["suspect"]);
    await bench.advanceUntil("the new one is over", () => owner.task.openRuns === 1);
    expect(called).toEqual(["suspect", id]);
    expect(typesOf(owner).indexOf("LaneLeft")).toBeLessThan(typesOf(owner).indexOf("RunCompleted"));
    expect([...(await bench.rebuild()).runs.values()]).toMatchObject([{ lanes: 0, alone: false, suspicion: LONE_SUSPICION }]);
  });

  test("holds nobody up that long where it gets somewhere, or ends", async () => {
    const called: string[] = [];
    const gets: Handler = async ({ step, event }) => {
      called.push(event.id);
      await step.run("a", () => 1);
      await step.run("b", () => (event.id === "suspect" ? forever : 1));
    };
    const owner = await bench.owner("A", { handlers: { f: gets } }).open();
    const id = await bench.send();
    await until("both were called", () => called.length === 2);
    expect(called).toEqual(["suspect", id]);
    expect(typesOf(owner)).not.toContain("LaneLeft");
  });

  test("goes alone in its process, not in its partition: another task's lane holds it up", async () => {
    const lane = new Lane();
    const other = { suspicion: 9, isUrgent: false, begin: (): void => {} };
    lane.enter(other);
    const owner = await bench.owner("A", { handlers: { f: quick }, lane }).open();
    await bench.clock.advance(1_000);
    expect(owner.task.executingSteps).toBe(0);
    expect(typesOf(owner)).not.toContain("LaneEntered");
    lane.leave(other);
    await until("it is over", () => owner.task.openRuns === 0);
    expect(lane.isQuiet).toBe(false);
  });

  test("lets others go on when its task ends, and when the log does not answer", async () => {
    const lane = new Lane();
    const ended = await bench.owner("A", { handlers: { f: stuck }, lane }).open();
    await until("it is called", () => ended.task.executingSteps === 1);
    expect(lane.isQuiet).toBe(true);
    ended.task.abandon();
    expect(lane.isQuiet).toBe(false);
    const silent = await bench.owner("B", { handlers: { f: stuck }, lane }).open();
    await until("it is called", () => silent.task.executingSteps === 1);
    bench.log.freeze();
    await bench.clock.advance(12_500);
    expect(lane.isQuiet).toBe(false);
    bench.log.thaw();
  });

  test("that died alone three times is not called any more: a dead letter, an alert, a line in the log; the rest goes on", async () => {
    await die(MAX_LANES);
    const called: string[] = [];
    const handler: Handler = async ({ step, event }) => {
      called.push(event.id);
      await step.run("a", () => 1);
    };
    const owner = await bench.owner("A", { handlers: { f: handler } }).open();
    const id = await bench.send();
    await until("the other is over", () => owner.task.openRuns === 1);
    await until("the dead letter is there", () => typesOf(owner).includes("EmissionsConfirmed"));
    expect(called).toEqual([id]);
    expect(owner.alerts).toMatchObject([{ code: "RUN_QUARANTINED", partition: 0, functionId: "f" }]);
    expect(owner.task.problems()).toMatchObject([expect.stringMatching(/^RUN_QUARANTINED: run \w+ of function f/)]);
    const letters = await bench.deadLetters();
    expect(letters.map(({ headers }) => headers["mr-code"]?.toString())).toEqual(["RUN_QUARANTINED"]);
    expect(await owner.digest()).toBe(await bench.rebuiltDigest());
    owner.task.abandon();
    const next = await bench.owner("B", { handlers: { f: handler } }).open();
    await turns(20);
    expect([next.alerts, called]).toEqual([[], [id]]);
  });

  test("that outlives being alone is alone for twice as long when owners go on dying with it", async () => {
    for (const aloneMs of [2_000, 4_000, 8_000]) {
      const owner = await bench.owner(`after ${aloneMs}`, { handlers: { f: stuck } }).open();
      await until("it is called", () => owner.task.executingSteps === 1);
      await bench.clock.advance(aloneMs - 100);
      expect(typesOf(owner)).not.toContain("LaneLeft");
      await bench.advanceUntil("it is not alone any more", () => typesOf(owner).includes("LaneLeft"), 50, 10);
      owner.task.abandon();
    }
  });
});

test("who died alone is called before everybody else, in a process that has just begun", async () => {
  await bench.send({ id: "suspect" });
  await die(LONE_SUSPICION + 1);
  await bench.sendMany(3);
  const called: string[] = [];
  const handler: Handler = async ({ step, event }) => {
    called.push(event.id);
    await step.run("a", () => 1);
  };
  const owner = await bench.owner("A", { handlers: { f: handler } }).open();
  await until("all are over", () => called.length === 4 && owner.task.openRuns === 0);
  expect(called[0]).toBe("suspect");
});

test("suspects that wait for their turn count as active: runs that events start wait in a line (R16)", async () => {
  await bench.sendMany(40);
  await die(6, 40);
  await bench.sendMany(20);
  const owner = await bench.owner("A", { handlers: { f: stuck }, limits: { maxActiveRuns: 45 } }).open();
  await until("all events are decided", () => owner.records.filter(({ type }) => type === "RunQueued").length === 20);
  expect(owner.records.some(({ type }) => type === "RunsStarted")).toBe(false);
  expect(owner.task.openRuns).toBe(40);
});
