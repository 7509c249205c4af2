// What gates do with events, beside letting them pass.
import { expect, test } from "vitest";
import { stepKey } from "../../../../engine/core/ids.ts";
import { must } from "../../../../engine/core/errors.ts";
import type { FlowSpec } from "../../../../engine/workflow/flow/spec.ts";
import { RUN, runId, triggerEvent } from "../../../support/records.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { Places } from "../../../support/flow/places.ts";

const K = "event.data.k";

function place(flow: FlowSpec): Places {
  return new Places(1, [{ id: "f", flow }]);
}

function invoke(at: Places, data: object): void {
  const child = runId("child");
  const event = triggerEvent({ id: child, data: JSON.stringify(data), topic: "", offset: -1 });
  at.tell(0, { type: "StartChild", child, functionId: "f", event, run: RUN, step: stepKey("s", 0) }, 0);
}

test("debounce: the event that came last starts the run, whatever times events say of themselves", () => {
  const at = place({ debounce: { periodMs: 1_000, key: K } });
  at.event({ k: 1, n: 1 }).pass(500);
  at.event({ k: 1, n: 2 }, { appendedAt: T0 - 60_000 }).pass(999);
  expect(at.started).toEqual([]);
  at.pass(1);
  expect(at.started).toEqual([{ k: 1, n: 2 }]);
});

test("debounce: its timeout bounds the wait from the first event on", () => {
  const at = place({ debounce: { periodMs: 1_000, timeoutMs: 1_500 } });
  at.event({ n: 1 }).pass(900).event({ n: 2 }).pass(600);
  expect(at.started).toEqual([{ n: 2 }]);
});

test("batch: events start one run together when they are enough, or old enough", () => {
  const at = place({ batch: { maxSize: 2, timeoutMs: 1_000 } });
  for (let n = 1; n <= 3; n++) at.event({ n });
  expect(at.ofType("RunsStarted")).toMatchObject([{ event: { data: '{"n":1}' }, batch: [{ data: '{"n":2}' }] }]);
  at.pass(1_000);
  expect(at.ofType("RunsStarted")[1]).toMatchObject({ event: { data: '{"n":3}' }, batch: [] });
});

test("what is invoked is gathered with nothing, and does not wait for others", () => {
  for (const flow of [{ debounce: { periodMs: 1_000 } }, { batch: { maxSize: 9, timeoutMs: 1_000 } }] satisfies FlowSpec[]) {
    const at = place(flow);
    invoke(at, { n: 1 });
    expect(at.started).toEqual([{ n: 1 }]);
  }
});

test("who invokes what is skipped is told at once", () => {
  const flow = { rateLimit: { limit: 1, periodMs: 1_000 } };
  const places = [2, 3, 4, 5].map((partitions) => new Places(partitions, [{ id: "f", flow }]));
  // The parent lives in partition 0, and its child elsewhere.
  const at = must(
    places.find((one) => one.placeOf("f") !== 0),
    "an app whose function lives elsewhere",
  );
  const home = at.placeOf("f");
  at.event({}, { partition: home });
  const child = runId("child");
  const step = stepKey("s", 0);
  at.tell(home, { type: "StartChild", child, functionId: "f", event: triggerEvent({ id: child, topic: "", offset: -1 }), run: RUN, step });
  expect(at.ofType("RunSkipped")).toMatchObject([{ run: child, gate: "rateLimit" }]);
  expect(at.onTheirWay).toMatchObject([{ to: 0, body: { type: "ChildEnded", run: RUN, step, child, error: { name: "SkippedError" } } }]);
});

test("throttle: those that wait start in the order of their priority, at the rate", () => {
  const at = place({ throttle: { limit: 1, periodMs: 1_000, burst: 1 }, priority: "event.data.p" });
  for (const [n, p] of [0, 0, 60].entries()) at.event({ n, p });
  expect(at.started).toEqual([{ n: 0, p: 0 }]);
  at.pass(1_000);
  expect(at.started).toEqual([
    { n: 0, p: 0 },
    { n: 2, p: 60 },
  ]);
  at.pass(1_000);
  expect(at.started).toHaveLength(3);
});

test("fairness: a tenant with many runs in line does not hold up one with few", () => {
  const at = place({ concurrency: [{ limit: 1, scope: "fn" }], fairness: { key: "event.data.t" } });
  for (let n = 0; n < 6; n++) at.event({ t: "heavy", n });
  at.event({ t: "light", n: 0 });
  at.complete(must(at.runs[0], "a run"));
  expect(at.started.at(-1)).toEqual({ t: "light", n: 0 });
});

test("fairness: a weight has the same bounds in a line as where its share is counted", () => {
  const at = place({ concurrency: [{ limit: 1, scope: "fn" }], fairness: { key: "event.data.t", weight: "event.data.w" } });
  for (const w of [1, 0.001, 0.01, 4, 1e9]) at.event({ w });
  expect(at.ofType("RunQueued").map(({ weight }) => weight)).toEqual([10, 10, 4_000, 1_000_000]);
});
