// Why a function does not move: in the status of its partition, and in the log.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import { tellPartition } from "../../../engine/task/tell-partition.ts";
import type { MessageBody } from "../../../engine/workflow/records.ts";
import { deferred } from "../../support/deferred.ts";
import { T0, until } from "../../support/fake-clock.ts";
import { TaskBench, TOPICS, type Owner } from "../../support/task-bench.ts";

let bench: TaskBench;

beforeEach(async () => {
  bench = await TaskBench.open();
});

afterEach(async () => {
  await bench.close();
});

async function tell(command: MessageBody): Promise<void> {
  const { signal } = new AbortController();
  await tellPartition({ log: bench.log, inbox: TOPICS.inbox, partitions: 1, signal }, 0, command);
}

async function send(name: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await bench.send({ name });
}

function codes({ said }: Owner): readonly unknown[] {
  return said.flatMap(({ level, fields }) => (fields["code"] === undefined ? [] : [[level, fields["code"], fields["function"]]]));
}

const stuck: Handler = async ({ step }) => step.run("work", () => deferred<null>().promise);

test("what waits is told by function and gate, most first, with the time where time decides", async () => {
  bench.declare({
    limited: { triggers: ["limited"], flow: { concurrency: [{ limit: 1, scope: "fn", key: "event.data.k" }] } },
    slow: { triggers: ["slow"], flow: { throttle: { limit: 1, periodMs: 60_000, burst: 1 } } },
    quiet: { triggers: ["quiet"], flow: { debounce: { periodMs: 5_000 } } },
    full: { triggers: ["full"], flow: { batch: { maxSize: 100, timeoutMs: 9_000 } } },
    paused: { triggers: ["paused"] },
  });
  const handlers = { limited: stuck, slow: stuck, quiet: stuck, full: stuck, paused: stuck };
  const owner = await bench.owner("A", { handlers }).open();
  expect(owner.task.backlog.waiting).toEqual([]);
  await tell({ type: "PauseFunction", functionId: "paused", events: "keep" });
  await until("it is paused", () => codes(owner).length === 1);
  await send("limited", 7);
  await send("slow", 4);
  await send("quiet", 2);
  await send("full", 6);
  await send("paused", 2);
  await until("all is decided", () => owner.task.backlog.queuedRuns === 11 && owner.task.backlog.heldEvents === 7);
  expect(owner.task.backlog.waiting).toEqual([
    { function: "limited", at: "concurrency", runs: 6 },
    { function: "slow", at: "throttle", runs: 3, until: T0 + 60_000 },
    { function: "paused", at: "pause", runs: 2 },
    { function: "quiet", at: "debounce", runs: 1, until: T0 + 5_000 },
    { function: "full", at: "batchEvents", runs: 1, until: T0 + 9_000 },
  ]);
  bench.declare({ slow: { triggers: ["slow"] } });
  const { manifest } = bench;
  if (manifest !== null) owner.task.manifestSeen(manifest);
  await until("it counts", () => owner.activations.length === 2);
  expect(owner.task.backlog.waiting.slice(0, 2)).toEqual([
    { function: "limited", at: "manifest", runs: 6 },
    { function: "paused", at: "manifest", runs: 2 },
  ]);
});

test("pauses and changed limits are told when they begin and end, and to the next owner while they last", async () => {
  bench.declare({ f: { flow: { concurrency: [{ limit: 5, scope: "fn" }] } } });
  const owner = await bench.owner("A", { handlers: { f: stuck } }).open();
  await tell({ type: "PauseFunction", functionId: "f", events: "skip" });
  await tell({ type: "OverrideFlow", functionId: "f", limits: '{"concurrency":[1]}', until: T0 + 60_000 });
  await until("both are told", () => codes(owner).length === 2);
  expect(codes(owner)).toEqual([
    ["warn", "FUNCTION_PAUSED", "f"],
    ["warn", "OVERRIDE_BEGAN", "f"],
  ]);
  owner.task.abandon();
  const next = await bench.owner("B", { handlers: { f: stuck } }).open();
  expect(codes(next)).toEqual([["warn", "FUNCTION_PAUSED", "f"]]);
  await tell({ type: "PauseFunction", functionId: "f", events: null });
  await bench.advanceUntil("its time is over", () => codes(next).length === 3, 1_000);
  expect(codes(next).slice(1)).toEqual([
    ["info", "FUNCTION_RESUMED", "f"],
    ["info", "OVERRIDE_ENDED", "f"],
  ]);
});

test("a breaker that opens is told once for each value, and when it closes; a trial that fails is no news", async () => {
  let fails = true;
  const flow = { breaker: { errorRate: 0.5, windowMs: 60_000, cooldownMs: 5_000, key: "event.data.k" } };
  bench.declare({ f: { flow } });
  const handlers: Record<string, Handler> = {
    f: () => {
      if (fails) throw new Error("down");
    },
  };
  const owner = await bench.owner("A", { handlers, retries: 0 }).open();
  const breakers = (): readonly unknown[] =>
    owner.said.flatMap(({ fields }) => (String(fields["code"]).startsWith("BREAKER") ? [[fields["code"], fields["key"]]] : []));
  for (let n = 0; n < 12; n++) await bench.send({ data: '{"k":"crm"}' });
  await bench.advanceUntil("it is open", () => breakers().length > 0);
  for (let n = 0; n < 3; n++) await bench.send({ data: '{"k":"crm"}' });
  await until("they wait", () => owner.task.backlog.waiting[0]?.at === "breaker");
  expect(owner.task.backlog.waiting[0]?.until).toBeGreaterThan(bench.clock.wallMs());
  await bench.clock.advance(6_000);
  expect(breakers()).toEqual([["BREAKER_OPENED", "crm"]]);
  fails = false;
  await bench.advanceUntil("it is closed", () => breakers().length > 1);
  expect(breakers()).toEqual([
    ["BREAKER_OPENED", "crm"],
    ["BREAKER_CLOSED", "crm"],
  ]);
});
