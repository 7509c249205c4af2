// What came while nobody owned a partition is read before events that it holds go on by time.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FlowSpec } from "../../../engine/workflow/flow/spec.ts";
import { deferred } from "../../support/deferred.ts";
import { turns, until } from "../../support/fake-clock.ts";
import { EVENTS, TaskBench } from "../../support/task-bench.ts";

let bench: TaskBench;
let began: string[][];

beforeEach(async () => {
  bench = await TaskBench.open();
  began = [];
});

afterEach(async () => {
  await bench.close();
});

function declare(flow: FlowSpec): void {
  bench.declare({ f: { flow } });
}

const handlers = {
  f: ({ events }: { readonly events: readonly { readonly id: string }[] }): void => void began.push(events.map(({ id }) => id)),
};

/** An owner that holds an event when its process is killed; `ids` come a second apart while nobody owns the partition. */
async function killedHolding(id: string, ...ids: readonly string[]): Promise<void> {
  const first = await bench.owner("A", { handlers }).open();
  await bench.send({ id });
  await until("it is held", () => first.records.some(({ type }) => type === "EventHeld"));
  first.task.abandon();
  for (const later of ids) {
    await bench.clock.advance(1_000);
    await bench.send({ id: later });
  }
  await bench.clock.advance(19_000);
}

/** Readers of events get something once the test says so. */
function readLate(): () => void {
  const { promise, resolve } = deferred<null>();
  const openReader = bench.log.openReader.bind(bench.log);
  bench.log.openReader = (target) => {
    const reader = openReader(target);
    if (target.topic !== EVENTS.topic) return reader;
    return { next: () => promise.then(() => reader.next()), close: () => reader.close() };
  };
  return () => resolve(null);
}

test("a debounced event that a dead owner held starts nothing where later ones wait to be read: one quiet time, one run, the last event", async () => {
  declare({ debounce: { periodMs: 5_000 } });
  await killedHolding("0", "1", "2", "3", "4", "5");
  const read = readLate();
  const second = await bench.owner("B", { handlers }).open();
  // Its timer comes before anything is read.
  await bench.clock.advance(1);
  await turns(20);
  read();
  await bench.advanceUntil("it went on", () => began.length > 0);
  await bench.advanceUntil("nothing is left", () => second.task.openRuns === 0);
  await bench.clock.advance(10_000);
  await turns(20);
  expect(began).toEqual([["5"]]);
  expect(await second.digest()).toBe(await bench.rebuiltDigest());
});

test("a batch whose time came meanwhile starts with those that wait to be read", async () => {
  declare({ batch: { maxSize: 10, timeoutMs: 5_000 } });
  await killedHolding("0", "1", "2");
  const read = readLate();
  await bench.owner("B", { handlers }).open();
  // Its timer comes before anything is read.
  await bench.clock.advance(1);
  await turns(20);
  read();
  await bench.advanceUntil("it went on", () => began.length > 0);
  expect(began).toEqual([["0", "1", "2"]]);
});

test("where the partition opens with nothing to read, what is due goes on at once", async () => {
  declare({ debounce: { periodMs: 5_000 } });
  await killedHolding("0");
  await bench.owner("B", { handlers }).open();
  await bench.clock.advance(1);
  await until("it went on", () => began.length > 0);
  expect(began).toEqual([["0"]]);
});

test("where a source cannot be read, what is due goes on after ten seconds (R9)", async () => {
  declare({ debounce: { periodMs: 5_000 } });
  await killedHolding("0", "1");
  const latestOffset = bench.log.latestOffset.bind(bench.log);
  bench.log.latestOffset = (target) => (target.topic === EVENTS.topic ? Promise.resolve(1_000) : latestOffset(target));
  await bench.owner("B", { handlers }).open();
  await bench.clock.advance(9_000);
  await turns(50);
  expect(began).toEqual([]);
  await bench.clock.advance(1_500);
  await until("it went on", () => began.length > 0);
  expect(began).toEqual([["1"]]);
});
