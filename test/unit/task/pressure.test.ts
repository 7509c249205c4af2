// What a partition has too much of stops its reading of events, and is told (R16).
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Pressure } from "../../../engine/task/pressure.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { evolve } from "../../../engine/workflow/evolve.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import { T0, turns, until } from "../../support/fake-clock.ts";
import { runId, runQueued, triggerEvent } from "../../support/records.ts";
import { EVENTS, TaskBench } from "../../support/task-bench.ts";

describe("the causes", () => {
  let state: PartitionState;
  let said: { readonly level: string; readonly fields: object; readonly message: string }[];
  let correspondence: { unsent: number; hasManyOffers: boolean };
  let frames: { length: number; queuedBytes: number };
  let homes: { heldUpBy: number | null };
  let pressure: Pressure;

  beforeEach(() => {
    state = emptyState(0, 1);
    said = [];
    correspondence = { unsent: 0, hasManyOffers: false };
    frames = { length: 0, queuedBytes: 0 };
    homes = { heldUpBy: null };
    const say =
      (level: string) =>
      (fields: object, message: string): void =>
        void said.push({ level, fields, message });
    const logger = { debug: () => {}, info: say("info"), warn: say("warn"), error: say("error") };
    pressure = new Pressure({ state, frames, correspondence, homes, maxQueuedRuns: 3, logger });
    pressure.begin();
  });

  function record(...records: readonly JournalRecord[]): void {
    for (const one of records) {
      pressure.recording(one);
      evolve(state, one, T0);
    }
  }

  function held(key: string, gate: "batch" | "debounce", bytes: number): JournalRecord {
    const event = triggerEvent({ data: "x".repeat(bytes) });
    return { type: "EventHeld", key, gate, functionId: "f", run: runId(key), event, due: T0 + 1_000 };
  }

  test("runs that wait in lines, up to the one that is too many", () => {
    record(runQueued(runId("a")), runQueued(runId("b")));
    expect(pressure.mayReadEvents).toBe(true);
    record(runQueued(runId("c")));
    expect(pressure.mayReadEvents).toBe(false);
    expect(pressure.isOwing).toBe(false);
    expect(pressure.isStuck).toBe(false);
    record({ type: "RunUnqueued", run: runId("a"), reason: null });
    expect(pressure.mayReadEvents).toBe(true);
  });

  test("events that are held: a batch grows, a debounced one is replaced, and what goes on is gone", () => {
    const MIB = 2 ** 20;
    for (let n = 0; n < 20; n++) record(held("d", "debounce", 2 * MIB));
    expect(pressure.mayReadEvents).toBe(true);
    for (let n = 0; n < 15; n++) record(held("b", "batch", 2 * MIB));
    expect(pressure.mayReadEvents).toBe(false);
    const next = new Pressure({
      state,
      frames,
      correspondence,
      homes,
      maxQueuedRuns: 3,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
    next.begin();
    expect(next.mayReadEvents).toBe(false);
    record({ type: "HeldWentOn", key: "b" });
    expect(pressure.mayReadEvents).toBe(true);
  });

  test("messages, offers and frames on their way; while frames wait, messages do too", () => {
    correspondence.unsent = 20_000;
    expect([pressure.mayReadEvents, pressure.isOwing, pressure.isStuck]).toEqual([false, true, false]);
    correspondence = Object.assign(correspondence, { unsent: 0, hasManyOffers: true });
    expect([pressure.mayReadEvents, pressure.isOwing, pressure.isStuck]).toEqual([false, false, true]);
    correspondence.hasManyOffers = false;
    frames.length = 8;
    expect([pressure.mayReadEvents, pressure.isOwing, pressure.isStuck]).toEqual([false, true, true]);
  });

  test("a little that waits to be written keeps further events out, and nothing else: what runs do waits behind no more than that", () => {
    frames.queuedBytes = 128 * 1024;
    expect([pressure.mayReadEvents, pressure.isOwing, pressure.isStuck]).toEqual([false, false, false]);
    frames.queuedBytes -= 1;
    expect(pressure.mayReadEvents).toBe(true);
  });

  test("what lasts is told once, with why, and that it is over; never more than once a minute", () => {
    const tick = (count: number): void => {
      for (let n = 0; n < count; n++) pressure.tick();
    };
    correspondence.unsent = 20_000;
    tick(1);
    correspondence.unsent = 0;
    tick(1);
    expect(said).toEqual([]);
    correspondence.unsent = 20_001;
    tick(10);
    expect(said).toMatchObject([{ level: "warn", fields: { code: "READING_STOPPED", cause: "messages" } }]);
    expect(said[0]?.message).toContain("20001 messages to other partitions");
    expect(pressure.reason).toContain("20001 messages");
    correspondence.unsent = 0;
    tick(10);
    expect(pressure.reason).toBeNull();
    expect(said.at(-1)).toMatchObject({ level: "info", fields: { code: "READING_GOES_ON" } });
    for (let n = 0; n < 8; n++) {
      correspondence.unsent = n % 2 === 0 ? 20_000 : 0;
      tick(10);
    }
    expect(said).toHaveLength(2);
    correspondence.unsent = 20_000;
    tick(120);
    expect(said).toHaveLength(3);
  });
});

describe("a task", () => {
  let bench: TaskBench;

  beforeEach(async () => {
    bench = await TaskBench.open();
  });

  afterEach(async () => {
    await bench.close();
  });

  test("reads no further events while too many runs wait, but messages; and goes on as runs start", async () => {
    const open: (() => void)[] = [];
    const handlers = { f: () => new Promise<void>((resolve) => open.push(resolve)) };
    const owner = await bench.owner("A", { handlers, limits: { maxActiveRuns: 2, maxQueuedRuns: 5 } }).open();
    await bench.sendMany(20);
    await until("it is full", () => owner.task.backlog.queuedRuns === 5);
    await turns(100);
    expect(owner.task.backlog).toMatchObject({ activeRuns: 1, queuedRuns: 5 });
    await bench.clock.advance(2_000);
    expect(owner.task.backlog.readingStopped).toContain("5 runs wait in lines, and maxQueuedRuns is 5");
    expect(owner.said.map(({ fields }) => fields["code"])).toEqual(["READING_STOPPED"]);
    let ended = 0;
    while (ended < 20) {
      await until("one is there to end", () => open.length > 0);
      open.shift()?.();
      ended += 1;
      await turns(30);
      expect(owner.task.backlog.queuedRuns).toBeLessThanOrEqual(5);
    }
    await until("all are over", () => owner.task.openRuns === 0);
    await bench.clock.advance(2_000);
    const positions = [{ ...EVENTS, next: 20, until: null }];
    expect(owner.task.backlog).toEqual({ activeRuns: 0, queuedRuns: 0, readingStopped: null, heldEvents: 0, waiting: [], positions });
    expect(owner.said.map(({ fields }) => fields["code"])).toEqual(["READING_STOPPED", "READING_GOES_ON"]);
    expect((await bench.rebuild()).sources.get(`${EVENTS.topic}/0`)?.next).toBe(20);
  });
});
