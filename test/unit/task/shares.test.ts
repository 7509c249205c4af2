// A function has its share of the runs that a partition may have in memory; what is beyond waits in a line, in order (R16).
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import { tellPartition } from "../../../engine/task/tell-partition.ts";
import { Shares } from "../../../engine/task/shares.ts";
import { deferred } from "../../support/deferred.ts";
import { turns, until } from "../../support/fake-clock.ts";
import { TaskBench, TOPICS, type Owner } from "../../support/task-bench.ts";

let bench: TaskBench;
/** What holds runs up, by function, the longest first; and how many of each are in their code, and began in all. */
let open: Map<string, (() => void)[]>;
let began: Map<string, string[]>;

beforeEach(async () => {
  bench = await TaskBench.open();
  open = new Map();
  began = new Map();
});

afterEach(async () => {
  await bench.close();
});

/** Its runs are over when the test says so. */
function slow(id: string): Handler {
  return async ({ event }) => {
    began.set(id, [...beganOf(id), event.id]);
    const { promise, resolve } = deferred<null>();
    open.set(id, [...(open.get(id) ?? []), () => resolve(null)]);
    await promise;
  };
}

function quick(id: string): Handler {
  return ({ event }) => void began.set(id, [...beganOf(id), event.id]);
}

function beganOf(id: string): readonly string[] {
  return began.get(id) ?? [];
}

function openOf(id: string): number {
  return open.get(id)?.length ?? 0;
}

function end(id: string): void {
  open.get(id)?.shift()?.();
}

async function send(name: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await bench.send({ name, id: `${name} ${beganOf(name).length}.${n}` });
}

function queuedTypes(owner: Owner): number {
  return owner.records.filter(({ type }) => type === "RunQueued").length;
}

async function owner(functions: readonly string[], handlers: Readonly<Record<string, Handler>>, maxActiveRuns: number): Promise<Owner> {
  bench.declare(Object.fromEntries(functions.map((id) => [id, { triggers: [id] }])));
  return bench.owner("A", { handlers, limits: { maxActiveRuns } }).open();
}

describe("slow functions", () => {
  test("one of them leaves half of the room, and its further runs begin in order as others end", async () => {
    const task = await owner(["a"], { a: slow("a") }, 20);
    await send("a", 30);
    await until("its share is full", () => openOf("a") === 10 && queuedTypes(task) === 20);
    await turns(20);
    expect(openOf("a")).toBe(10);
    const waiting = [{ function: "a", at: "share", runs: 20 }];
    const positions = [{ topic: "app.events", partition: 0, next: 30, until: null }];
    expect(task.task.backlog).toEqual({ activeRuns: 10, queuedRuns: 20, readingStopped: null, heldEvents: 0, waiting, positions });
    while (beganOf("a").length < 30 || openOf("a") > 0) {
      end("a");
      await turns(5);
      expect(openOf("a")).toBeLessThanOrEqual(10);
    }
    expect(beganOf("a")).toEqual(Array.from({ length: 30 }, (_, n) => `a 0.${n}`));
    await until("nothing is left", () => task.task.openRuns === 0);
    expect(task.task.backlog.queuedRuns).toBe(0);
  });

  test("come to equal parts with one more that is free, as runs end", async () => {
    const ids = ["a", "b", "c"];
    const task = await owner(ids, Object.fromEntries(ids.map((id) => [id, slow(id)])), 40);
    for (const id of ids) await send(id, 80);
    await until("all are decided", () => task.task.openRuns + task.task.backlog.queuedRuns === 240);
    for (let n = 0; n < 40; n++) {
      for (const id of ids) end(id);
      await turns(6);
    }
    for (const id of ids) expect(Math.abs(openOf(id) - 10)).toBeLessThanOrEqual(2);
    expect(task.task.backlog.activeRuns).toBeLessThan(40);
  });

  test("hold up nobody else: a quick function's runs begin at once while 5,000 of a slow one wait", async () => {
    const task = await owner(["a", "q"], { a: slow("a"), q: quick("q") }, 100);
    await send("a", 5_000);
    await until("the slow one is backlogged", () => task.task.backlog.queuedRuns === 4_950, 20_000);
    for (let n = 0; n < 20; n++) {
      const before = beganOf("q").length;
      await bench.send({ name: "q", id: `q ${n}` });
      // Turns of the event loop, with the log's own: as many as on a partition that has nothing else to do, about.
      await until("the quick one ran", () => beganOf("q").length > before, 40);
    }
    expect(beganOf("q")).toHaveLength(20);
    expect(openOf("a")).toBe(50);
    expect(task.records.some((record) => record.type === "RunQueued" && record.functionId === "q")).toBe(false);
  });

  test("leave something to each function even where all of them are slow, and there are many", async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `f${n}`);
    await owner(ids, Object.fromEntries(ids.map((id) => [id, slow(id)])), 12);
    for (const id of ids) await send(id, 5);
    await until("each began something", () => ids.every((id) => openOf(id) > 0));
    expect(ids.reduce((sum, id) => sum + openOf(id), 0)).toBeLessThan(24);
  });
});

test("runs that rest take no part: what waits begins meanwhile", async () => {
  const sleeps: Handler = async ({ step, event }) => {
    began.set("a", [...beganOf("a"), event.id]);
    await step.sleep("nap", "1h");
  };
  const task = await owner(["a"], { a: sleeps }, 4);
  await send("a", 50);
  await until("all sleep", () => beganOf("a").length === 50 && task.task.backlog.activeRuns === 0);
  expect(task.task.backlog.queuedRuns).toBe(0);
});

test("the next owner lets in who waited, and no more than a share (R1)", async () => {
  const first = await owner(["a"], { a: slow("a") }, 10);
  await send("a", 12);
  await until("its share is full", () => openOf("a") === 5 && queuedTypes(first) === 7);
  const before = await first.digest();
  expect(before).toBe(await bench.rebuiltDigest());
  first.task.abandon();
  open.clear();
  began.clear();
  const second = await bench.owner("B", { handlers: { a: slow("a") }, limits: { maxActiveRuns: 10 } }).open();
  await until("the same runs are called again", () => openOf("a") === 5);
  await turns(20);
  expect(openOf("a")).toBe(5);
  while (beganOf("a").length < 12 || openOf("a") > 0) {
    end("a");
    await turns(10);
  }
  await until("nothing is left", () => second.task.openRuns === 0);
  expect(new Set(beganOf("a")).size).toBe(12);
  expect(await second.digest()).toBe(await bench.rebuiltDigest());
});

test("a function that was paused catches up within its share, in order, while others go on", async () => {
  const task = await owner(["a", "q"], { a: slow("a"), q: quick("q") }, 20);
  const target = { log: bench.log, inbox: TOPICS.inbox, partitions: 1 };
  await tellPartition(target, 0, { type: "PauseFunction", functionId: "a", events: "keep" });
  await until("it is paused", () => task.records.some(({ type }) => type === "CellSet"));
  await send("a", 100);
  await until("all wait", () => task.task.backlog.queuedRuns === 100);
  await tellPartition(target, 0, { type: "PauseFunction", functionId: "a", events: null });
  await until("its share is full", () => openOf("a") === 10);
  await turns(50);
  expect(openOf("a")).toBe(10);
  // What waits for nothing but its share waits where it was, and is not written again.
  expect(queuedTypes(task)).toBe(100);
  await bench.send({ name: "q" });
  await until("the other one runs", () => beganOf("q").length === 1);
  while (beganOf("a").length < 100 || openOf("a") > 0) {
    end("a");
    await turns(8);
    expect(openOf("a")).toBeLessThanOrEqual(10);
  }
  expect(beganOf("a")).toEqual(Array.from({ length: 100 }, (_, n) => `a 0.${n}`));
});

test("a function's onFailure has a share of its own, and waits beyond it", async () => {
  bench.declare({ a: { triggers: ["a"], onFailure: true } });
  const handlers = { a: () => Promise.reject(new Error("boom")), "a/on-failure": slow("h") };
  const task = await bench.owner("A", { handlers, retries: 0, limits: { maxActiveRuns: 8 } }).open();
  await send("a", 20);
  await until("all failed", () => task.records.filter(({ type }) => type === "RunFailed").length === 20);
  await until("handlers are called", () => openOf("h") === 4);
  await turns(50);
  expect(openOf("h")).toBe(4);
  while (beganOf("h").length < 20 || openOf("h") > 0) {
    end("h");
    await turns(10);
  }
  await until("nothing is left", () => task.task.openRuns === 0 && task.task.backlog.queuedRuns === 0);
});

test("a limit and a share together: neither is exceeded, and everybody has their turn", async () => {
  bench.declare({
    a: { triggers: ["a"], flow: { concurrency: [{ limit: 4, key: "event.data.k", scope: "fn" }] } },
    b: { triggers: ["b"], flow: { concurrency: [{ limit: 40, scope: "fn" }] } },
  });
  const task = await bench.owner("A", { handlers: { a: slow("a"), b: slow("b") }, limits: { maxActiveRuns: 10 } }).open();
  for (let n = 0; n < 40; n++) await bench.send({ name: "a", id: `a ${n}`, data: `{"k":"${n % 3}"}` });
  for (let n = 0; n < 40; n++) await bench.send({ name: "b", id: `b ${n}` });
  await until("both began", () => openOf("a") > 0 && openOf("b") > 0);
  while (beganOf("a").length + beganOf("b").length < 80 || openOf("a") + openOf("b") > 0) {
    expect(openOf("a") + openOf("b")).toBeLessThanOrEqual(10);
    for (const key of ["0", "1", "2"]) {
      const { used = 0 } = task.records.length > 0 ? (poolOf(await bench.rebuild(), key) ?? {}) : {};
      expect(used).toBeLessThanOrEqual(4);
    }
    end("a");
    end("b");
    await turns(10);
  }
  await until("nothing is left", () => task.task.openRuns === 0 && task.task.backlog.queuedRuns === 0);
  expect((await bench.rebuild()).flow.pools.size).toBe(0);
});

function poolOf({ flow }: Awaited<ReturnType<TaskBench["rebuild"]>>, key: string): { readonly used: number } | undefined {
  for (const [name, pool] of flow.pools) if (name.endsWith(key)) return pool;
  return undefined;
}

describe("what a function may start", () => {
  const live = new Map<string, number>();
  const total = (): number => [...live.values()].reduce((sum, one) => sum + one, 0);
  const shares = (maxActiveRuns: number, functions: number): Shares =>
    new Shares({
      maxActiveRuns,
      functions: () => functions,
      invoker: {
        get liveRuns(): number {
          return total();
        },
        liveRunsOf: (id) => live.get(id) ?? 0,
      },
      scheduler: { waiting: 0, waitingOf: () => 0 },
    });

  test("is one at least, whatever others have; and each start counts", () => {
    live.clear();
    live.set("hog", 10_000);
    expect(shares(1, 1).roomFor("f")).toBe(1);
    expect(shares(100, 3).roomFor("f")).toBe(25);
    expect(shares(100, 3).roomFor("hog")).toBeLessThanOrEqual(0);
    live.clear();
    expect(shares(100, 1).roomFor("f")).toBe(50);
    live.set("f", 49);
    expect(shares(100, 1).roomFor("f")).toBe(1);
    live.set("f", 50);
    expect(shares(100, 1).roomFor("f")).toBe(0);
  });

  test("goes to who has least, and among its needs in turns", () => {
    live.clear();
    live.set("a", 3);
    live.set("b", 2);
    const all = shares(100, 2);
    for (const [id, need] of [
      ["a", "a1"],
      ["b", "b1"],
      ["b", "b2"],
    ] as const) {
      all.awaited(id, need);
    }
    expect(all.next(() => true)).toBe("b1");
    all.awaited("b", "b1");
    expect(all.next(() => true)).toBe("b2");
    live.set("b", 5);
    expect(all.next((need) => need !== "a1")).toBe("b1");
    expect(all.hasAwaited).toBe(false);
    expect(all.next(() => true)).toBeUndefined();
  });
});
