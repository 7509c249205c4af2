// An event whose copies would be too large for one frame enters its functions over several (R15).
import { expect, test } from "vitest";
import { flowBody, flowKeys, readFlowCell } from "../../../../engine/workflow/image/flow-cells.ts";
import { emptyState } from "../../../../engine/workflow/state.ts";
import { timersOf } from "../../../../engine/workflow/timer/due.ts";
import { Places } from "../../../support/flow/places.ts";

const LIMITED = { concurrency: [{ limit: 1, scope: "fn" as const }] };
const TEXT = "y".repeat(300_000);

function ids(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `f${n}`);
}

function places(count: number, flow: object = LIMITED): Places {
  return new Places(
    1,
    ids(count).map((id) => ({ id, flow })),
  );
}

/** Of the runs that started, in their order. */
function begun(at: Places): readonly string[] {
  return at.ofType("RunsStarted").flatMap(({ runs }) => runs.map(({ functionId }) => functionId));
}

test("it is put down once, and enters its functions in their order, as many at a time as fit", () => {
  const at = places(5);
  at.event({ text: TEXT });
  expect(begun(at)).toEqual([]);
  expect(at.ofType("EventSpread")).toMatchObject([{ entries: ids(5).map((functionId) => ({ functionId })) }]);
  at.pass(0);
  expect(begun(at)).toEqual(ids(5));
  expect(at.ofType("SpreadAdvanced").map(({ count }) => count)).toEqual([2, 2, 1]);
  expect(at.at(0).flow.spreads.size).toBe(0);
});

test("its runs have the ids that they had got at once (R10)", () => {
  const alone = places(5).event({ text: "small" });
  const at = places(5).event({ text: TEXT }).pass(0);
  expect(at.runs.map(({ id }) => id)).toEqual(alone.runs.map(({ id }) => id));
});

test("functions without flow start at once, by one record", () => {
  const at = new Places(1, [{ id: "a" }, { id: "b" }, ...ids(4).map((id) => ({ id, flow: LIMITED }))]);
  at.event({ text: TEXT });
  expect(at.ofType("RunsStarted").map(({ runs }) => runs.map(({ functionId }) => functionId))).toEqual([["a", "b"]]);
  at.pass(0);
  expect(begun(at)).toEqual(["a", "b", ...ids(4)]);
});

test("what fits is decided at once", () => {
  const at = places(5).event({ text: "small" });
  expect(begun(at)).toEqual(ids(5));
  expect(at.ofType("EventSpread")).toEqual([]);
});

test("batches that a small event fills go on over several frames", () => {
  const at = places(4, { batch: { maxSize: 3, timeoutMs: 60_000 } });
  for (let n = 0; n < 2; n++) at.event({ text: TEXT }).pass(0);
  const before = at.ofType("EventSpread").length;
  at.event({ text: "small" });
  expect(at.ofType("EventSpread").slice(before)).toMatchObject([
    { entries: [{ functionId: "f1" }, { functionId: "f2" }, { functionId: "f3" }] },
  ]);
  expect(begun(at)).toEqual(["f0"]);
  at.pass(0);
  expect(begun(at)).toEqual(ids(4));
});

test("a function that is retired meanwhile is entered all the same: its run waits for it", () => {
  const at = places(5).event({ text: TEXT });
  at.declare(["f0", "f1", "f2", "f4"].map((id) => ({ id, flow: LIMITED })));
  at.pass(0);
  expect(begun(at)).toEqual(["f0", "f1", "f2", "f4"]);
  expect(at.ofType("RunQueued")).toMatchObject([{ functionId: "f3", needs: ["manifest/f3"] }]);
  at.declare(ids(5).map((id) => ({ id, flow: LIMITED })));
  expect(begun(at)).toEqual(["f0", "f1", "f2", "f4", "f3"]);
});

test("whoever restores it goes on where it was (R12)", () => {
  const at = places(4).event({ text: TEXT });
  const { flow, partitions } = at.at(0);
  const restored = emptyState(0, partitions);
  for (const key of flowKeys(flow)) readFlowCell(restored.flow, key, flowBody(flow, key) ?? "");
  expect(restored.flow.spreads).toEqual(flow.spreads);
  const [key] = flow.spreads.keys();
  expect([...timersOf(restored)]).toMatchObject([{ kind: "flow", key }]);
});
