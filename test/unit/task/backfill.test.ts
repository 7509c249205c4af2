// A function gets events of the past, in one partition whose owners come and go.
import { afterEach, expect, test } from "vitest";
import { tellPartition } from "../../../engine/task/tell-partition.ts";
import { deriveRunId } from "../../../engine/core/ids.ts";
import type { BackfillState } from "../../../engine/workflow/backfill/state.ts";
import type { FlowSpec } from "../../../engine/workflow/flow/spec.ts";
import type { ControlBackfill, StartBackfill } from "../../../engine/workflow/records.ts";
import type { SourceSpec } from "../../../engine/workflow/trigger/manifest.ts";
import { T0, turns } from "../../support/fake-clock.ts";
import { EVENTS, JOURNAL, TaskBench, TOPICS, type Owner, type OwnerOptions } from "../../support/task-bench.ts";

let bench: TaskBench;
afterEach(() => bench.close());

const handled: string[] = [];
const handlers = {
  old: () => Promise.resolve(),
  fresh: ({ event, runId }: { event: { id: string }; runId: string }) => {
    handled.push(`${event.id} ${runId}`);
    return Promise.resolve();
  },
} as OwnerOptions["handlers"];

const OLD = { old: { triggers: ["go"] } };
const BOTH = { ...OLD, fresh: { triggers: ["go"] } };

async function openBench(): Promise<Owner> {
  handled.length = 0;
  bench = await TaskBench.open(OLD);
  return open("first");
}

async function open(name: string, options: OwnerOptions = {}): Promise<Owner> {
  return bench.owner(name, { ...(handlers === undefined ? {} : { handlers }), ...options }).open();
}

async function deploy(owner: Owner, functions: Parameters<TaskBench["declare"]>[0], sources?: readonly SourceSpec[]): Promise<void> {
  const { version } = bench.declare(functions, sources);
  if (bench.manifest !== null) owner.task.manifestSeen(bench.manifest);
  await bench.advanceUntil(`manifest ${version} is in force`, () => owner.task.manifestVersion === version);
}

/** So many events are decided. */
async function read(owner: Owner, count: number, topic = EVENTS.topic): Promise<void> {
  const next = (): number =>
    Math.max(0, ...owner.frames.flatMap(({ inputs }) => inputs.filter((input) => input.topic === topic).map((input) => input.next)));
  await bench.advanceUntil(`${count} events are decided`, () => next() >= count);
}

async function tell(body: StartBackfill | ControlBackfill): Promise<void> {
  await tellPartition({ log: bench.log, inbox: TOPICS.inbox, partitions: 1 }, 0, body);
}

function startOf(over: Partial<StartBackfill> = {}): StartBackfill {
  return { type: "StartBackfill", id: "past", functionId: "fresh", since: null, until: null, rate: 0, ...over };
}

async function over(owner: Owner, id = "past"): Promise<BackfillState> {
  await bench.advanceUntil(`backfill ${id} is over`, () => {
    const status = owner.task.backfills.find((each) => each.id === id)?.status;
    return status !== undefined && status !== "running" && status !== "paused";
  });
  const found = owner.task.backfills.find((each) => each.id === id);
  if (found === undefined) throw new Error("it is there");
  return found;
}

const ids = (): readonly string[] => handled.map((line) => line.split(" ")[0] ?? "");
const totals = ({ ranges }: BackfillState): object =>
  ranges.map(({ from, next, to, started, skipped, missing }) => ({ from, next, to, started, skipped, missing }))[0] ?? {};

test("a new function gets what came before it, in order and each once, then what comes: none is missed or doubled at the seam (R5, R10)", async () => {
  const owner = await openBench();
  for (let n = 0; n < 40; n++) await bench.send({ id: `e${n}`, name: n % 4 === 3 ? "other" : "go" });
  await read(owner, 40);
  await deploy(owner, BOTH);
  for (let n = 40; n < 45; n++) await bench.send({ id: `e${n}` });
  await tell(startOf());
  const backfill = await over(owner);
  expect(backfill).toMatchObject({ status: "done", mayRepeat: false });
  expect(totals(backfill)).toEqual({ from: 0, next: 40, to: 40, started: 30, skipped: 0, missing: 0 });
  await bench.advanceUntil("all ran", () => handled.length >= 35);
  expect(ids().toSorted()).toEqual(
    Array.from({ length: 45 }, (_, n) => `e${n}`)
      .filter((_, n) => n >= 40 || n % 4 !== 3)
      .toSorted(),
  );
  const past = ids().filter((id) => Number(id.slice(1)) < 40);
  expect(past).toEqual(past.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))));
  // The ids are those that live runs would have got.
  expect(handled).toContain(`e0 ${deriveRunId(T0, 0, "fresh", `${EVENTS.topic}-0-0`)}`);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("what entered the function before is not given to it again: by an earlier deployment, or by a backfill that was cancelled", async () => {
  const owner = await openBench();
  await deploy(owner, { ...OLD, fresh: { triggers: ["some"] } });
  for (let n = 0; n < 20; n++) await bench.send({ id: `e${n}`, name: n % 2 === 0 ? "go" : "some" });
  await bench.advanceUntil("live ones ran", () => handled.length === 10);
  await deploy(owner, { ...OLD, fresh: { triggers: ["go", "some"] } });
  await tell(startOf({ id: "one", rate: 2 }));
  await bench.advanceUntil("some are given", () => handled.length === 13);
  await tell({ type: "ControlBackfill", id: "one", action: "cancel" });
  expect(await over(owner, "one")).toMatchObject({ status: "cancelled", mayRepeat: true });
  await tell(startOf({ id: "two" }));
  const second = await over(owner, "two");
  expect(second.status).toBe("done");
  await bench.advanceUntil("all ran", () => handled.length >= 20);
  await turns(20);
  expect(ids().toSorted()).toEqual(Array.from({ length: 20 }, (_, n) => `e${n}`).toSorted());
});

test("a second copy of an event is passed over, as it is live", async () => {
  const owner = await openBench();
  for (const id of ["a", "b", "a", "c", "b"]) await bench.send({ id });
  await read(owner, 5);
  await deploy(owner, BOTH);
  await tell(startOf());
  expect(totals(await over(owner))).toMatchObject({ started: 3, skipped: 2 });
  await bench.advanceUntil("they ran", () => handled.length === 3);
  expect(ids()).toEqual(["a", "b", "c"]);
});

test("a paused one stands still, through a change of owners, and a new owner goes on where the last was (R1, R5)", async () => {
  const owner = await openBench();
  for (let n = 0; n < 30; n++) await bench.send({ id: `e${n}` });
  await read(owner, 30);
  await deploy(owner, BOTH);
  await tell(startOf({ rate: 10 }));
  await bench.advanceUntil("some are given", () => handled.length >= 10);
  await tell({ type: "ControlBackfill", id: "past", action: "pause" });
  await bench.advanceUntil("it is paused", () => owner.task.backfills[0]?.status === "paused");
  await bench.clock.advance(1_000);
  const soFar = handled.length;
  owner.task.abandon();
  const next = await open("next");
  await bench.clock.advance(5_000);
  expect(handled.length).toBe(soFar);
  await tell({ type: "ControlBackfill", id: "past", action: "resume" });
  expect(totals(await over(next))).toMatchObject({ next: 30, started: 30 });
  expect(new Set(handled).size).toBe(30);
});

test("the rate is kept", async () => {
  const owner = await openBench();
  for (let n = 0; n < 60; n++) await bench.send({ id: `e${n}` });
  await read(owner, 60);
  await deploy(owner, BOTH);
  const began = bench.clock.monotonicMs();
  await tell(startOf({ rate: 20 }));
  await over(owner);
  expect(bench.clock.monotonicMs() - began).toBeGreaterThan(2_600);
});

test("one that may give few events a second keeps no other waiting; of many, some go on and the others in their turn", async () => {
  let owner = await openBench();
  for (let n = 0; n < 30; n++) await bench.send({ id: `e${n}` });
  await read(owner, 30);
  const names = ["fresh", "b", "c", "f"];
  await deploy(owner, { ...OLD, ...Object.fromEntries(names.map((name) => [name, { triggers: ["go"] }])) });
  await tell(startOf({ rate: 1 }));
  await tell(startOf({ id: "fast", functionId: "b" }));
  expect(await over(owner, "fast")).toMatchObject({ status: "done", ranges: [{ started: 30 }] });
  expect(handled.length).toBeLessThan(5);

  await tell(startOf({ id: "slow", functionId: "c", rate: 1 }));
  await tell(startOf({ id: "last", functionId: "f" }));
  await bench.clock.advance(3_000);
  owner.task.abandon();
  owner = await open("next");
  await bench.clock.advance(3_000);
  expect(owner.task.backfills.find(({ id }) => id === "last")?.ranges).toMatchObject([{ from: null }]);
  await tell({ type: "ControlBackfill", id: "slow", action: "pause" });
  expect(await over(owner, "last")).toMatchObject({ status: "done", ranges: [{ started: 30 }] });
  expect(await over(owner)).toMatchObject({ status: "done", ranges: [{ started: 30 }] });
  expect(new Set(ids()).size).toBe(30);
  const runs = (await bench.rebuild()).backfills;
  expect([...runs.values()].filter(({ status }) => status === "done").map(({ id, ranges }) => [id, ranges[0]?.started])).toEqual([
    ["past", 30],
    ["fast", 30],
    ["last", 30],
  ]);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("what the topic has deleted is counted, not pretended (R11)", async () => {
  const owner = await openBench();
  for (let n = 0; n < 20; n++) await bench.send({ id: `e${n}` });
  await read(owner, 20);
  await deploy(owner, BOTH);
  await bench.log.trim(EVENTS, 8);
  await tell(startOf());
  expect(totals(await over(owner))).toEqual({ from: 8, next: 20, to: 20, started: 12, skipped: 0, missing: 8 });
});

test("a deployment without the function ends it with the reason, and so does one with other triggers", async () => {
  const owner = await openBench();
  for (let n = 0; n < 20; n++) await bench.send({ id: `e${n}` });
  await read(owner, 20);
  await deploy(owner, BOTH);
  await tell(startOf({ rate: 1 }));
  await bench.advanceUntil("it goes on", () => handled.length > 2);
  await deploy(owner, OLD);
  expect(await over(owner)).toMatchObject({ status: "abandoned", reason: expect.stringContaining("has no function fresh") as string });
  await deploy(owner, BOTH);
  await tell(startOf({ id: "again", rate: 1 }));
  await bench.advanceUntil("the next goes on", () => owner.task.backfills.some(({ id }) => id === "again"));
  await deploy(owner, { ...OLD, fresh: { triggers: ["go", "more"] } });
  expect(await over(owner, "again")).toMatchObject({ status: "abandoned", reason: expect.stringContaining("other triggers") as string });
});

test("a deployment that does not read a topic any more ends it where the topic's past is not at its end; else it goes on (R11)", async () => {
  const owner = await openBench();
  await bench.log.createTopics([{ topic: "foreign", partitions: 1, settings: {} }]);
  const sources: SourceSpec[] = [
    { topic: TOPICS.events, partitions: 1, from: "beginning" },
    { topic: "foreign", partitions: 1, from: "beginning" },
  ];
  await deploy(owner, OLD, sources);
  for (let n = 0; n < 10; n++) await bench.send({ id: `e${n}` });
  for (let n = 0; n < 10; n++) await bench.send({ id: `f${n}`, topic: "foreign" });
  await read(owner, 10);
  await read(owner, 10, "foreign");
  await deploy(owner, BOTH, sources);
  await tell(startOf({ rate: 4 }));
  await bench.advanceUntil("it is in the foreign topic", () => ids().includes("f2"));
  await deploy(owner, BOTH);
  expect(await over(owner)).toMatchObject({ status: "abandoned", reason: expect.stringContaining("topic foreign") as string });

  // It is read again, and what was left is not lost.
  await deploy(owner, BOTH, sources);
  await tell(startOf({ id: "rest" }));
  expect(await over(owner, "rest")).toMatchObject({ status: "done" });
  await bench.advanceUntil("all ran", () => handled.length >= 20);
  expect(new Set(ids()).size).toBe(20);
  expect(handled.length).toBe(20);
});

test("times bound it: events from before the one and from the other on do not count", async () => {
  const owner = await openBench();
  for (let n = 0; n < 10; n++) {
    await bench.send({ id: `e${n}` });
    await bench.clock.advance(1_000);
  }
  const { timestamp: since = 0 } = (await bench.log.readAll(EVENTS))[3] ?? {};
  const { timestamp: until = 0 } = (await bench.log.readAll(EVENTS))[7] ?? {};
  await deploy(owner, BOTH);
  await tell(startOf({ since, until }));
  await over(owner);
  await bench.advanceUntil("they ran", () => handled.length === 4);
  expect(ids()).toEqual(["e3", "e4", "e5", "e6"]);
});

test("a time that is not yet, and one from which on events count anyway, bound nothing and leave nothing", async () => {
  const owner = await openBench();
  for (let n = 0; n < 5; n++) await bench.send({ id: `e${n}` });
  await read(owner, 5);
  await deploy(owner, BOTH);
  await bench.clock.advance(10_000);
  for (let n = 5; n < 8; n++) await bench.send({ id: `e${n}` });
  const now = bench.clock.wallMs();
  await tell(startOf({ id: "after", since: now - 5_000 }));
  expect(totals(await over(owner, "after"))).toMatchObject({ next: 5, to: 5, started: 0, missing: 0 });
  await tell(startOf({ id: "never", since: now + 3_600_000 }));
  expect(totals(await over(owner, "never"))).toMatchObject({ next: 5, to: 5, started: 0, missing: 0 });
  await tell(startOf({ until: now + 3_600_000 }));
  expect(totals(await over(owner))).toMatchObject({ from: 0, next: 5, to: 5, started: 5 });
  await bench.advanceUntil("all ran", () => handled.length >= 8);
  expect(ids().toSorted()).toEqual(Array.from({ length: 8 }, (_, n) => `e${n}`));
});

test.each<[string, FlowSpec, number]>([
  ["debounced to the last of them", { debounce: { periodMs: 1_000 } }, 1],
  ["limited in a time: the others are skipped", { rateLimit: { limit: 4, periodMs: 3_600_000 } }, 4],
  ["one run a value", { idempotency: "event.data.k" }, 5],
  ["one at a time, the others skipped", { singleton: { mode: "skip", key: "event.data.k" } }, 5],
  ["batched", { batch: { maxSize: 4, timeoutMs: 1_000 } }, 5],
  ["throttled", { throttle: { limit: 10, periodMs: 1_000, burst: 1 } }, 20],
])("events of the past pass a function's gates: %s; given again, none passes twice", async (_, flow, runs) => {
  handled.length = 0;
  bench = await TaskBench.open(OLD);
  const slow: OwnerOptions["handlers"] = {
    old: () => Promise.resolve(),
    fresh: async ({ event, step }) => {
      handled.push(event.id);
      await step.sleep("while", "1 minute");
    },
  };
  const owner = await open("first", { handlers: slow });
  for (let n = 0; n < 20; n++) await bench.send({ id: `e${n}`, data: JSON.stringify({ k: n % 5 }) });
  await read(owner, 20);
  await deploy(owner, { ...OLD, fresh: { triggers: ["go"], flow } });
  await tell(startOf());
  expect(await over(owner)).toMatchObject({ status: "done", ranges: [{ started: 20, skipped: 0 }] });
  await bench.clock.advance(5_000);
  expect(handled.length).toBe(runs);
  if (flow.debounce !== undefined) expect(handled).toEqual(["e19"]);
  await bench.clock.advance(120_000);
  const before = [...handled];
  await tell(startOf({ id: "again" }));
  expect(await over(owner, "again")).toMatchObject({ status: "done", ranges: [{ started: 0, skipped: 20 }] });
  await bench.clock.advance(5_000);
  expect(handled).toEqual(before);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("where the journal has lost its beginning nobody can tell what entered the function before, and it ends with that reason (R11)", async () => {
  const owner = await openBench();
  await deploy(owner, { ...OLD, fresh: { triggers: ["some"] } });
  for (let n = 0; n < 5; n++) await bench.send({ id: `e${n}` });
  await read(owner, 5);
  await deploy(owner, BOTH);
  await bench.log.trim(JOURNAL, 2);
  await tell(startOf());
  expect(await over(owner)).toMatchObject({ status: "abandoned", reason: expect.stringContaining("its beginning") as string });
  expect(handled).toEqual([]);
});

test("records that are no events are passed over, with one line in the log", async () => {
  const owner = await openBench();
  await bench.send({ id: "a" });
  for (let n = 0; n < 3; n++) await bench.log.appendAside(EVENTS, [{ key: null, value: Buffer.from("{}") }]);
  await bench.send({ id: "b" });
  await read(owner, 5);
  await deploy(owner, BOTH);
  await tell(startOf());
  expect(totals(await over(owner))).toMatchObject({ next: 5, started: 2, skipped: 0, missing: 0 });
  expect(owner.said.filter(({ fields }) => fields["code"] === "BACKFILL_UNREADABLE").length).toBe(1);
});

test("live events are decided while a backfill waits for room: it takes no more than a part of what a function may have in memory (R16)", async () => {
  handled.length = 0;
  bench = await TaskBench.open(OLD);
  const gate = Promise.withResolvers<void>();
  const slow = {
    old: () => Promise.resolve(),
    fresh: async ({ event }) => gate.promise.then(() => handled.push(event.id)),
  } as typeof handlers;
  const owner = await open("first", { ...(slow === undefined ? {} : { handlers: slow }), limits: { maxActiveRuns: 20 } });
  for (let n = 0; n < 50; n++) await bench.send({ id: `e${n}` });
  await read(owner, 50);
  await deploy(owner, BOTH);
  await tell(startOf());
  await bench.advanceUntil("it has begun", () => (owner.task.backfills[0]?.ranges[0]?.started ?? 0) >= 5);
  await bench.clock.advance(5_000);
  expect(owner.task.backfills[0]?.ranges[0]?.started).toBeLessThan(15);
  await bench.send({ id: "live" });
  await read(owner, 51);
  gate.resolve();
  await over(owner);
  await bench.advanceUntil("all ran", () => handled.length === 51);
});
