// What flow has no use for any more goes, a little at a time.
import { beforeEach, describe, expect, test } from "vitest";
import { Sweep } from "../../../engine/task/sweep.ts";
import { decide, type Input } from "../../../engine/workflow/decide.ts";
import { evolve } from "../../../engine/workflow/evolve.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import { FakeClock, until } from "../../support/fake-clock.ts";
import { TaskBench, TOPICS } from "../../support/task-bench.ts";

let clock: FakeClock;
let state: PartitionState;
let submitted: Input[];
let told: { readonly to: number; readonly body: object }[];
let sweep: Sweep;

beforeEach(() => {
  clock = new FakeClock();
  state = emptyState(0, 2);
  submitted = [];
  told = [];
  sweep = new Sweep({ state, clock, now: () => clock.wallMs(), submit });
});

function submit(input: Input): void {
  submitted.push(input);
  const decision = decide(state, input, clock.wallMs());
  if (decision.outcome === "ignored") return;
  record(...decision.records);
  told.push(...decision.messages);
}

function record(...records: readonly JournalRecord[]): void {
  for (const one of records) evolve(state, one, clock.wallMs());
}

function tick(count: number): void {
  for (let n = 0; n < count; n++) {
    clock.skip(500);
    sweep.tick();
  }
}

function cell(key: string, expiry: number): JournalRecord {
  return { type: "CellSet", key, kind: "rate", until: expiry, numbers: [], text: null };
}

describe("cells", () => {
  test("are forgotten when their time is over, and not before", () => {
    record(cell("rateLimit/f/a", clock.wallMs() + 1_200), cell("rateLimit/f/b", clock.wallMs() + 10_000));
    tick(2);
    expect(submitted).toEqual([]);
    tick(2);
    expect([...state.flow.cells.keys()]).toEqual(["rateLimit/f/b"]);
    expect(submitted).toEqual([{ type: "ForgetCells", keys: ["rateLimit/f/a"] }]);
  });

  test("are looked at a few at a time, by a walk that goes on where it was: 100,000 of them", () => {
    for (let n = 0; n < 100_000; n++) record(cell(`rateLimit/f/${n}`, n % 10 === 0 ? 0 : Number.MAX_SAFE_INTEGER));
    sweep.tick();
    expect(state.flow.cells.size).toBe(98_000);
    expect(submitted).toHaveLength(1);
    tick(40);
    expect(state.flow.cells.size).toBe(90_000);
    for (const input of submitted) if (input.type === "ForgetCells") expect(input.keys.length).toBeLessThanOrEqual(5_000);
  });

  test("that are renewed, or come meanwhile, are met in a later walk", () => {
    for (let n = 0; n < 6_000; n++) record(cell(`rateLimit/f/${n}`, Number.MAX_SAFE_INTEGER));
    sweep.tick();
    record(cell("rateLimit/f/1", 0), cell("rateLimit/f/late", 0));
    tick(4);
    expect(state.flow.cells.size).toBe(5_999);
  });

  test("with long keys share no large record", () => {
    for (let n = 0; n < 100; n++) record(cell(`rateLimit/f/${n}${"x".repeat(10_000)}`, 0));
    tick(1);
    expect(state.flow.cells.size).toBeGreaterThan(70);
    tick(20);
    expect(state.flow.cells.size).toBe(0);
  });
});

describe("permits", () => {
  const NEED = "1@/app//x";
  const held = (granted: number): JournalRecord => ({ type: "PermitsHeld", need: NEED, granted, wanted: 0, recalled: false });

  test("that nobody used for five seconds go back", () => {
    record(held(7));
    tick(10);
    expect(told).toEqual([]);
    tick(1);
    expect(told).toEqual([{ to: 1, body: { type: "ReturnPermits", pool: "app//x", count: 7 } }]);
    expect(state.flow.permits.size).toBe(0);
    tick(20);
    expect(submitted).toHaveLength(1);
  });

  test("go back as far as they were never used meanwhile", () => {
    record(held(7));
    const permits = state.flow.permits.get(NEED);
    if (permits === undefined) throw new Error("no permits");
    permits.used = 2;
    tick(4);
    permits.used = 5;
    tick(3);
    permits.used = 1;
    tick(4);
    expect(told).toEqual([{ to: 1, body: { type: "ReturnPermits", pool: "app//x", count: 2 } }]);
    expect(permits.granted).toBe(5);
  });

  test("that were all used once count anew from then", () => {
    record(held(3));
    const permits = state.flow.permits.get(NEED);
    if (permits === undefined) throw new Error("no permits");
    tick(8);
    permits.used = 3;
    tick(1);
    permits.used = 0;
    tick(9);
    expect(told).toEqual([]);
    tick(3);
    expect(told).toHaveLength(1);
  });
});

test("a task sweeps by itself, and its journal says so (R2)", async () => {
  await using bench = await TaskBench.open();
  bench.declare({ f: { triggers: ["go"], flow: { rateLimit: { limit: 5, periodMs: 2_000 } } } }, [
    { topic: TOPICS.events, partitions: 1, from: "beginning" },
  ]);
  const owner = await bench.owner("A", { handlers: { f: () => {} } }).open();
  await bench.send();
  await until("it ran", () => owner.records.some(({ type }) => type === "RunCompleted"));
  expect((await bench.rebuild()).flow.cells.size).toBe(1);
  await bench.advanceUntil("its window is over", () => owner.records.some(({ type }) => type === "CellsForgotten"));
  expect((await bench.rebuild()).flow.cells.size).toBe(0);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});
