// What runs hold goes back in the decision that ends their use of it.
import { expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import { poolKey } from "../../../../engine/workflow/flow/keys.ts";
import type { RunState } from "../../../../engine/workflow/state.ts";
import { BOOM, step } from "../../../support/records.ts";
import { Places } from "../../../support/flow/places.ts";

const LIMIT = { limit: 1, scope: "fn" as const };
const POOL = poolKey("f", 0, LIMIT, "");

function busy(limit = 1): Places {
  const at = new Places(1, [{ id: "f", flow: { concurrency: [{ ...LIMIT, limit }] } }]);
  return at.event({ n: 1 }).event({ n: 2 });
}

const first = (at: Places): RunState => must(at.runs[0], "the first run");
const fail = { type: "FailRunAttempt", attempt: 0, error: BOOM, random: 0.5 } as const;

test.each<[string, (at: Places) => void]>([
  ["completes", (at) => at.complete(first(at))],
  ["fails", (at) => at.input(0, { ...fail, run: first(at).id, retries: 0, wish: { kind: "policy" } })],
  ["is to be called again later", (at) => at.input(0, { ...fail, run: first(at).id, retries: 3, wish: { kind: "policy" } })],
  ["is cancelled", (at) => at.tell(0, { type: "CancelRun", run: first(at).id, reason: "enough" })],
  ["is parked", (at) => at.input(0, { type: "ParkRun", run: first(at).id, difference: "another step" })],
  ["is quarantined", (at) => at.input(0, { type: "QuarantineRun", run: first(at).id })],
  [
    "sleeps",
    (at) => at.input(0, { type: "StartSleep", run: first(at).id, step: step("nap"), wakeAt: null, durationMs: 60_000, resting: true }),
  ],
])("the next starts in the decision by which a run %s", (_, end) => {
  const at = busy();
  expect(at.started).toEqual([{ n: 1 }]);
  end(at);
  expect(at.started).toEqual([{ n: 1 }, { n: 2 }]);
  expect(at.at(0).flow.pools.get(POOL)?.used).toBe(1);
});

test("a parked run that was called again, and asks for the same other step, gives its slot back", () => {
  const at = busy();
  const { id: run } = first(at);
  const park = { type: "ParkRun", run, difference: "another step" } as const;
  at.input(0, park).complete(
    must(
      at.runs.find(({ id }) => id !== run),
      "the second run",
    ),
  );
  at.input(0, { type: "AskFirstSlot", run });
  expect(first(at).flow?.slots).toBe(1);
  at.input(0, park);
  expect(at.at(0).flow.pools.size).toBe(0);
  const before = at.recorded.length;
  at.input(0, park);
  expect(at.recorded).toHaveLength(before);
});

test("a run asks once for the slot that its code is to be called with", () => {
  const at = busy();
  const { id: run } = first(at);
  at.input(0, { type: "AskFirstSlot", run });
  expect(at.ofType("SlotsAsked")).toEqual([]);
});

test("steps of runs that have begun go before starts, in the order in which they asked", () => {
  const at = busy(2).event({ n: 3 });
  const [one, two] = at.runs;
  for (const run of [must(two, "a run"), must(one, "a run")]) at.input(0, { type: "AskSlots", run: run.id, count: 1 });
  const done = { type: "CompleteStep", output: null, began: at.now } as const;
  at.input(0, { ...done, run: must(one, "a run").id, step: step("a") });
  at.input(0, { ...done, run: must(two, "a run").id, step: step("a") });
  expect(at.ofType("SlotsGiven").map(({ run }) => run)).toEqual([two?.id, one?.id]);
  expect(at.started).toEqual([{ n: 1 }, { n: 2 }]);
});

test("a lower limit counts for those that execute as soon as a step of theirs ends", () => {
  const at = busy(2);
  at.declare([{ id: "f", flow: { concurrency: [LIMIT] } }]);
  const [one, two] = at.runs;
  at.input(0, { type: "CompleteStep", run: must(one, "a run").id, step: step("a"), output: null, began: at.now });
  expect(at.at(0).flow.pools.get(POOL)?.used).toBe(1);
  at.input(0, { type: "CompleteStep", run: must(two, "a run").id, step: step("a"), output: null, began: at.now });
  expect(at.at(0).flow.pools.get(POOL)?.used).toBe(1);
});

test("a higher limit counts for queued runs in the decision that activates its manifest", () => {
  const at = busy().event({ n: 3 });
  at.declare([{ id: "f", flow: { concurrency: [{ ...LIMIT, limit: 2 }] } }]);
  expect(at.started).toEqual([{ n: 1 }, { n: 2 }]);
});

test("a limit that people lowered for a time lets in who waits when the time is over", () => {
  const at = new Places(1, [{ id: "f", flow: { concurrency: [{ ...LIMIT, limit: 2 }] } }]);
  at.tell(0, { type: "OverrideFlow", functionId: "f", limits: JSON.stringify({ concurrency: [1] }), until: at.now + 5_000 });
  at.event({ n: 1 }).event({ n: 2 });
  expect(at.started).toEqual([{ n: 1 }]);
  at.pass(4_999);
  expect(at.started).toEqual([{ n: 1 }]);
  at.pass(1);
  expect(at.started).toEqual([{ n: 1 }, { n: 2 }]);
});

test("runs of a function that is in no manifest any more wait for one that has it, through deployments without it", () => {
  const at = busy();
  at.declare([{ id: "g" }]);
  at.complete(first(at));
  at.declare([{ id: "h" }]);
  expect(at.started).toEqual([{ n: 1 }]);
  at.declare([{ id: "f", flow: { concurrency: [LIMIT] } }]);
  expect(at.started).toEqual([{ n: 1 }, { n: 2 }]);
});
