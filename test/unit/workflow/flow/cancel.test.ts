// Runs that are cancelled before they began: in a line, held at a gate, or on their way.
import { expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import { deriveRunId, partitionOfRun, stepKey } from "../../../../engine/core/ids.ts";
import type { StartChild } from "../../../../engine/workflow/records.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { Places } from "../../../support/flow/places.ts";
import { RUN, triggerEvent } from "../../../support/records.ts";

const K = "event.data.k";

test("a run in a line leaves it, and the others keep their turn", () => {
  const at = new Places(1, [{ id: "f", flow: { concurrency: [{ limit: 1, scope: "fn" }] } }]);
  for (let n = 1; n <= 3; n++) at.event({ n });
  const [second] = at.ofType("RunQueued");
  at.tell(0, { type: "CancelRun", run: must(second, "the second").run, reason: "enough" });
  at.complete(must(at.runs[0], "the first"));
  expect(at.started).toEqual([{ n: 1 }, { n: 3 }]);
  expect(at.ofType("RunUnqueued")).toMatchObject([{ run: second?.run, reason: "enough" }]);
});

test("a run that waits for its rate elsewhere does not start when it comes home", () => {
  const at = new Places(3, [
    { id: "f", flow: { throttle: { limit: 1, periodMs: 1_000, burst: 1, key: K }, concurrency: [{ limit: 9, scope: "fn" }] } },
  ]);
  const value = must(
    ["a", "b", "c", "d"].find((one) => at.placeOf(one) !== at.placeOf("f")),
    "a value",
  );
  at.event({ k: value, n: 1 }, { key: value }).event({ k: value, n: 2 }, { key: value }).deliver();
  const [waits] = at.ofType("RunQueued");
  const { run } = must(waits, "the one that waits");
  expect(waits?.at).not.toBe(partitionOfRun(run));
  at.tell(partitionOfRun(run), { type: "CancelRun", run, reason: "enough" });
  at.pass(5_000);
  expect(at.started).toEqual([{ k: value, n: 1 }]);
  expect(at.ofType("RunSkipped")).toMatchObject([{ run, gate: "cancelled", reason: "enough" }]);
});

test("a debounced run that is cancelled does not start; the next event of its key makes another", () => {
  const at = new Places(1, [{ id: "f", flow: { debounce: { periodMs: 1_000 } } }]);
  at.event({ n: 1 });
  const [held] = at.ofType("EventHeld");
  at.tell(0, { type: "CancelRun", run: must(held, "what is held").run, reason: "enough" }).pass(1_000);
  expect(at.started).toEqual([]);
  at.event({ n: 2 }).pass(1_000);
  expect(at.started).toEqual([{ n: 2 }]);
});

test("a child that is cancelled while it is between gates does not start, and its parent is told", () => {
  const at = new Places(3, [
    { id: "g", flow: { rateLimit: { limit: 9, periodMs: 1_000, key: K }, concurrency: [{ limit: 1, scope: "fn" }] } },
  ]);
  const home = at.placeOf("g");
  const value = must(
    ["a", "b", "c", "d"].find((one) => at.placeOf(one) !== home),
    "a value",
  );
  const child = deriveRunId(T0, home, "g", "invoked");
  const event = triggerEvent({ id: child, data: JSON.stringify({ k: value }), topic: "", offset: -1 });
  const start: StartChild = { type: "StartChild", child, functionId: "g", event, run: RUN, step: stepKey("s", 0) };
  at.tell(home, start).tell(home, { type: "CancelRun", run: child, reason: "its parent is over" });
  const told: unknown[] = [];
  for (let message = at.onTheirWay.shift(); message !== undefined; message = at.onTheirWay.shift()) {
    if (message.body.type === "ChildEnded") told.push(message.body);
    else at.tell(message.to, message.body, message.from);
  }
  expect(at.started).toEqual([]);
  expect([...told, ...at.ofType("RunSkipped")]).toContainEqual(expect.objectContaining({ run: child, gate: "cancelled" }));
});

test("a run that is cancelled while its event is on its way to the place of its limit does not start", () => {
  const at = new Places(3, [{ id: "f", flow: { concurrency: [{ limit: 9, key: K, scope: "fn" }] } }]);
  const value = must(
    ["a", "b", "c", "d"].find((one) => at.placeOf(one) !== 0),
    "a value",
  );
  at.event({ k: value });
  const [entering] = at.onTheirWay.flatMap(({ body }) => (body.type === "EnterFunction" ? [body] : []));
  const { run } = must(entering, "what is on its way");
  at.tell(at.placeOf(value), { type: "CancelRun", run, reason: "enough" }).deliver();
  expect(at.started).toEqual([]);
  expect(at.ofType("RunSkipped")).toMatchObject([{ run, gate: "cancelled", reason: "enough" }]);
});

test("a run that is over is not remembered where runs only ever wait at home", () => {
  const at = new Places(1, [{ id: "f", flow: { concurrency: [{ limit: 1, scope: "fn" }] } }]);
  at.event({});
  const run = must(at.runs[0], "the run");
  at.complete(run).tell(0, { type: "CancelRun", run: run.id, reason: "late" });
  expect(at.at(0).flow.cells.size).toBe(0);
});

test.each([
  ["timeouts.start", { startMs: 90_000, finishMs: 600_000 }],
  ["timeouts.finish", { finishMs: 90_000 }],
])("a run that waits in its line for longer than %s leaves it, and does not begin", (timeout, timeouts) => {
  const at = new Places(1, [{ id: "f", timeouts, flow: { throttle: { limit: 1, periodMs: 60_000, burst: 1 } } }]);
  for (let n = 1; n <= 3; n++) at.event({ n });
  at.pass(300_000);
  expect(at.started).toEqual([{ n: 1 }, { n: 2 }]);
  expect(at.ofType("RunUnqueued").map(({ reason }) => reason)).toEqual([expect.stringContaining(`(${timeout})`)]);
});
