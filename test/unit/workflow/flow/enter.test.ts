// How an event goes from gate to gate, and from partition to partition.
import { expect, test } from "vitest";
import { partitionOfRun } from "../../../../engine/core/ids.ts";
import type { FlowSpec } from "../../../../engine/workflow/flow/spec.ts";
import { must } from "../../../../engine/core/errors.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { Places } from "../../../support/flow/places.ts";

const K = "event.data.k";

function places(flow: FlowSpec, partitions = 3): Places {
  return new Places(partitions, [{ id: "f", flow }]);
}

/** A value whose place is not this one. */
function valueAwayFrom(at: Places, ...partitions: readonly number[]): string {
  return must(
    Array.from({ length: 50 }, (_, n) => `v${n}`).find((value) => !partitions.includes(at.placeOf(value))),
    "a value",
  );
}

test("an event keyed by the value of its limit starts where it is read, without a message", () => {
  const at = places({ concurrency: [{ limit: 1, key: K, scope: "fn" }] });
  at.event({ k: "acme" }, { key: "acme" });
  expect(at.started).toEqual([{ k: "acme" }]);
  expect(at.onTheirWay).toEqual([]);
});

test("an event that is read elsewhere goes to its key's partition, which stands in its run's id", () => {
  const at = places({ concurrency: [{ limit: 1, key: K, scope: "fn" }] });
  const value = valueAwayFrom(at, 0);
  at.event({ k: value });
  expect(at.onTheirWay).toMatchObject([{ to: at.placeOf(value), body: { type: "EnterFunction", gate: "home" } }]);
  at.deliver();
  const [run] = at.runs;
  expect(partitionOfRun(must(run, "the run").id)).toBe(at.placeOf(value));
});

test("without a key all runs of a function live in one partition", () => {
  const at = places({ concurrency: [{ limit: 9, scope: "fn" }] });
  for (const partition of [0, 1, 2]) at.event({}, { partition });
  at.deliver();
  expect(new Set(at.ofType("RunsStarted").map(({ at: place }) => place))).toEqual(new Set([at.placeOf("f")]));
});

test("events that lack the key share a place", () => {
  const at = places({ concurrency: [{ limit: 9, key: K, scope: "fn" }] });
  at.event({}).event({ k: null }).event({ k: {} }).deliver();
  expect(new Set(at.ofType("RunsStarted").map(({ at: place }) => place))).toEqual(new Set([at.placeOf("f")]));
});

test("gates are passed in their order: what is over the rate takes no value of the idempotency key, and no slot", () => {
  const at = places({
    rateLimit: { limit: 1, periodMs: 1_000 },
    idempotency: "event.data.i",
    concurrency: [{ limit: 1, scope: "fn" }],
  });
  at.event({ i: "a" }).event({ i: "b" }).deliver();
  expect(at.ofType("RunSkipped")).toMatchObject([{ gate: "rateLimit" }]);
  at.pass(1_001).event({ i: "a" }).deliver();
  expect(at.ofType("RunSkipped")).toMatchObject([{ gate: "rateLimit" }, { gate: "idempotency" }]);
  at.pass(1_001).event({ i: "b" }).deliver();
  expect(at.started).toEqual([{ i: "a" }]);
  expect(at.ofType("RunQueued")).toMatchObject([{ gate: "home" }]);
});

test("what is skipped is recorded with its event, its gate and the reason", () => {
  const at = places({ rateLimit: { limit: 1, periodMs: 60_000 } }, 1);
  at.event({ n: 1 }).event({ n: 2 });
  expect(at.ofType("RunSkipped")).toMatchObject([
    { functionId: "f", gate: "rateLimit", eventId: "e1", offset: 1, reason: "over the rate of 1 starts in 60000 ms" },
  ]);
});

test("events that waited in their topic are throttled as of now: catching up is no burst", () => {
  const at = places({ throttle: { limit: 1, periodMs: 1_000, burst: 1 } }, 1);
  at.now = T0 + 10_000;
  for (let n = 0; n < 3; n++) at.event({ n }, { appendedAt: T0 + n * 1_000 });
  expect(at.started).toEqual([{ n: 0 }]);
  at.pass(2_000);
  expect(at.started).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
});

test("where a partition has not heard of the function yet, its run waits for the manifest that has it, and then for its limits", () => {
  const flow: FlowSpec = { concurrency: [{ limit: 1, key: K, scope: "fn" }] };
  const at = new Places(3, []);
  const value = valueAwayFrom(at, 0);
  at.declare([{ id: "f", flow }], [0]);
  at.event({ k: value, n: 1 }).event({ k: value, n: 2 }).deliver();
  expect(at.started).toEqual([]);
  at.declare([{ id: "f", flow }]);
  expect(at.started).toEqual([{ k: value, n: 1 }]);
  const [run] = at.runs;
  expect(run?.flow).toMatchObject({ slots: 1, needs: [`fn/f/0/s:${value}`] });
});

test("a gate that a partition has not heard of yet is passed when it has, once", () => {
  const flow: FlowSpec = { rateLimit: { limit: 1, periodMs: 60_000 }, idempotency: K, concurrency: [{ limit: 1, scope: "fn" }] };
  const at = new Places(3, []);
  const reading = [0, 1, 2].find((partition) => partition !== at.placeOf("f")) ?? 0;
  at.declare([{ id: "f", flow }], [reading]);
  at.event({ k: "a" }, { partition: reading }).deliver();
  at.declare([{ id: "f", flow }]).deliver();
  expect(at.started).toEqual([{ k: "a" }]);
  expect(at.ofType("RunSkipped")).toEqual([]);
});

test("runs whose home is not the place of the limit any more take permits of that place", () => {
  const at = places({ concurrency: [{ limit: 1, scope: "fn" }] });
  const home = at.placeOf("f");
  const value = valueAwayFrom(at, home);
  at.event({ k: value }, { partition: (home + 1) % 3 });
  // While the event is on its way, a new manifest gives the limit a key.
  at.declare([{ id: "f", flow: { concurrency: [{ limit: 1, key: K, scope: "fn" }] } }]);
  at.deliver();
  at.event({ k: value }, { key: value }).deliver();
  expect(at.started).toHaveLength(1);
  at.complete(must(at.runs[0], "the run")).deliver();
  at.pass(10_000);
  expect(at.started).toHaveLength(2);
});
