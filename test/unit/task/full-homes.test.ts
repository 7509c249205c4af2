// Where too many runs wait in lines, others are asked to send no more; and whoever was asked waits (R16).
import { beforeEach, expect, test } from "vitest";
import { deriveRunId } from "../../../engine/core/ids.ts";
import { FullHomes } from "../../../engine/task/full-homes.ts";
import { evolve } from "../../../engine/workflow/evolve.ts";
import { decided, decidedAndTold, type Message } from "../../../engine/workflow/decision.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import { FakeClock, T0 } from "../../support/fake-clock.ts";
import { RUN, runId, runQueued, triggerEvent } from "../../support/records.ts";

let clock: FakeClock;
let state: PartitionState;
let told: Message[];
let homes: FullHomes;

beforeEach(() => {
  clock = new FakeClock();
  state = emptyState(1, 3);
  told = [];
  homes = new FullHomes({ state, maxQueuedRuns: 10, clock, now: () => clock.wallMs(), tell: (messages) => void told.push(...messages) });
});

function queue(from: number, to: number): void {
  for (let n = from; n < to; n++) evolve(state, runQueued(runId(`${n}`)), T0);
}

function unqueue(from: number, to: number): void {
  for (let n = from; n < to; n++) evolve(state, { type: "RunUnqueued", run: runId(`${n}`), reason: null }, T0);
}

function toPartition(to: number): Message {
  return { to, body: { type: "EnterFunction", functionId: "f", run: RUN, gate: "home", events: [], parent: null, singleton: null } };
}

test("all others are told when lines are full, again every five seconds while they are, and when there is room", () => {
  queue(0, 9);
  homes.look();
  expect(told).toEqual([]);
  queue(9, 10);
  homes.look();
  homes.look();
  const until = clock.wallMs() + 15_000;
  expect(told).toEqual([
    { to: 0, body: { type: "HoldBack", until, isPast: false } },
    { to: 2, body: { type: "HoldBack", until, isPast: false } },
  ]);
  clock.skip(5_000);
  homes.look();
  expect(told).toHaveLength(4);
  unqueue(0, 1);
  homes.look();
  expect(told.slice(4)).toEqual([
    { to: 0, body: { type: "HoldBack", until: 0, isPast: false } },
    { to: 2, body: { type: "HoldBack", until: 0, isPast: false } },
  ]);
  homes.look();
  expect(told).toHaveLength(6);
});

test("runs wait that would go to such a partition, until it has room, or was silent for too long; others do not", () => {
  expect(homes.areIn(decidedAndTold([], [toPartition(0), toPartition(2)]))).toBe(false);
  homes.heard(2, { type: "HoldBack", until: clock.wallMs() + 15_000 });
  expect(homes.areIn(decidedAndTold([], [toPartition(0)]))).toBe(false);
  expect(homes.areIn(decidedAndTold([], [{ to: 2, body: { type: "CancelRun", run: RUN, reason: "why" } }]))).toBe(false);
  expect(homes.areIn(decidedAndTold([], [toPartition(0), toPartition(2)]))).toBe(true);
  expect(homes.heldUpBy).toBe(2);
  clock.skip(15_000);
  expect(homes.areIn(decidedAndTold([], [toPartition(2)]))).toBe(false);
  expect(homes.heldUpBy).toBeNull();
  homes.heard(2, { type: "HoldBack", until: clock.wallMs() + 15_000 });
  homes.heard(2, { type: "HoldBack", until: 0 });
  expect(homes.areIn(decidedAndTold([], [toPartition(2)]))).toBe(false);
});

test("so do runs that would go there from the gate that is next", () => {
  const living = deriveRunId(T0, 2, "f", "a-0-1");
  const next: Message = {
    to: 0,
    body: { type: "EnterFunction", functionId: "f", run: living, gate: "throttle", events: [], parent: null, singleton: null },
  };
  expect(homes.areIn(decidedAndTold([], [next]))).toBe(false);
  homes.heard(2, { type: "HoldBack", until: clock.wallMs() + 15_000 });
  expect(homes.areIn(decidedAndTold([], [next]))).toBe(true);
});

test("an event that enters its functions later waits, too, where one of its runs would live there", () => {
  const spread = decided({
    type: "EventSpread",
    event: triggerEvent(),
    entries: [0, 2].map((home) => ({ functionId: `f${home}`, run: deriveRunId(T0, home, `f${home}`, "a-0-1") })),
  });
  expect(homes.areIn(spread)).toBe(false);
  homes.heard(2, { type: "HoldBack", until: clock.wallMs() + 15_000 });
  expect(homes.areIn(spread)).toBe(true);
  expect(homes.heldUpBy).toBe(2);
});

test("of runs that backfills give, others are told apart: live ones may come", () => {
  const past = new FullHomes({
    state,
    maxQueuedRuns: 2,
    clock,
    now: () => clock.wallMs(),
    tell: (all) => void told.push(...all),
    isPast: true,
  });
  queue(0, 2);
  homes.look();
  past.look();
  expect(told.map(({ body }) => body)).toEqual([0, 1].map(() => ({ type: "HoldBack", until: clock.wallMs() + 15_000, isPast: true })));
});
