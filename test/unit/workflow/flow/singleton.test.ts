// One live run a key: others are skipped, or take its place.
import { expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import { partitionOfRun, stepKey } from "../../../../engine/core/ids.ts";
import type { SingletonSpec } from "../../../../engine/workflow/flow/spec.ts";
import { BOOM, RUN, runId, triggerEvent } from "../../../support/records.ts";
import { Places } from "../../../support/flow/places.ts";

const K = "event.data.k";

function places(mode: SingletonSpec["mode"], partitions = 3): Places {
  return new Places(partitions, [{ id: "f", flow: { singleton: { mode, key: K } } }]);
}

test("skip: while a run of the key is live, its events are skipped, through retries and sleeps", () => {
  const at = places("skip", 1);
  at.event({ k: "a", n: 1 });
  const { id: run } = must(at.runs[0], "the run");
  at.event({ k: "a", n: 2 }).event({ k: "b", n: 3 });
  expect(at.started).toEqual([
    { k: "a", n: 1 },
    { k: "b", n: 3 },
  ]);
  expect(at.ofType("RunSkipped")).toMatchObject([{ gate: "singleton", reason: `run ${run} of its key is live`, eventId: "e1" }]);
  at.input(0, { type: "StartSleep", run, step: stepKey("nap", 0), wakeAt: null, durationMs: 60_000, resting: true });
  at.input(0, { type: "FailRunAttempt", run, attempt: 0, error: BOOM, random: 0.5, retries: 3, wish: { kind: "policy" } });
  at.event({ k: "a", n: 4 });
  expect(at.ofType("RunSkipped")).toHaveLength(2);
  at.complete(must(at.runs[0], "the run")).event({ k: "a", n: 5 });
  expect(at.started).toHaveLength(3);
});

test("cancel: the run that is live is cancelled, and the next starts once it is over, wherever it lives", () => {
  const at = new Places(3, [
    { id: "f", flow: { singleton: { mode: "cancel", key: K }, concurrency: [{ limit: 9, key: "event.data.n", scope: "fn" }] } },
  ]);
  const values = ["a", "b", "c", "d", "e"];
  const [here = "", there = ""] = values.filter((value, _, all) => at.placeOf(value) !== at.placeOf(all[0] ?? "") || value === all[0]);
  at.event({ k: "key", n: here }).deliver();
  const first = must(at.runs[0], "the first");
  at.event({ k: "key", n: there });
  expect(at.started).toHaveLength(1);
  at.deliver();
  expect(at.ofType("RunCancelled")).toMatchObject([{ run: first.id }]);
  expect(at.started).toEqual([
    { k: "key", n: here },
    { k: "key", n: there },
  ]);
  expect(partitionOfRun(must(at.runs[0], "the second").id)).toBe(at.placeOf(there));
});

test("cancel: of several that came meanwhile the last takes its place, and the others are skipped", () => {
  const at = places("cancel");
  const other = (at.placeOf("a") + 1) % 3;
  for (let n = 1; n <= 3; n++) at.event({ k: "a", n }, { partition: other });
  // The first has begun before its place hears of the others, and its end is not told yet.
  at.deliver();
  const started = at.started.map((data) => (data as { n: number }).n);
  expect(started[0]).toBe(1);
  expect(started.at(-1)).toBe(3);
  expect(at.runs).toHaveLength(1);
});

test("cancel: a run that waits in a line gives its place up there", () => {
  const at = new Places(1, [{ id: "f", flow: { singleton: { mode: "cancel", key: K }, concurrency: [{ limit: 1, scope: "fn" }] } }]);
  at.event({ k: "a", n: 1 }).event({ k: "b", n: 2 }).event({ k: "b", n: 3 });
  expect(at.ofType("RunUnqueued")).toMatchObject([{ reason: "another run of its key takes its place (singleton)" }]);
  at.complete(must(at.runs[0], "the first"));
  expect(at.started).toEqual([
    { k: "a", n: 1 },
    { k: "b", n: 3 },
  ]);
});

test("who invokes a function whose run is live is told that it was skipped, in both modes", () => {
  for (const mode of ["skip", "cancel"] as const) {
    const at = places(mode, 1);
    at.event({ k: "a" });
    const child = runId("child");
    const event = triggerEvent({ id: child, data: JSON.stringify({ k: "a" }), topic: "", offset: -1 });
    at.tell(0, { type: "StartChild", child, functionId: "f", event, run: RUN, step: stepKey("s", 0) }, 0);
    expect(at.ofType("RunSkipped")).toMatchObject([{ run: child, gate: "singleton" }]);
    expect(at.runs).toHaveLength(1);
  }
});
