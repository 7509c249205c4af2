// A run is cancelled: by people, by an event of its function's cancelOn, with its parent, or since it took too long. And branches that lost.
import { describe, expect, test } from "vitest";
import { partitionOfKey } from "../../../../engine/core/murmur2.ts";
import { decodeEvent } from "../../../../engine/workflow/event/cloud-event.ts";
import type { JournalRecord } from "../../../../engine/workflow/records.ts";
import { cancelHandlerId, FUNCTION_CANCELLED } from "../../../../engine/workflow/run/handlers.ts";
import type { CancelSpec } from "../../../../engine/workflow/trigger/manifest.ts";
import { cancelStepKey } from "../../../../engine/workflow/wait/cancel-on.ts";
import { SINCE_SLACK_MS } from "../../../../engine/workflow/wait/since.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { given, givenIn, type Given } from "../../../support/given.ts";
import {
  manifest,
  RUN,
  runsStarted,
  sleepStarted,
  startedRun,
  step,
  stepCompleted,
  stepFailed,
  triggerEvent,
  WAIT,
  waitStarted,
} from "../../../support/records.ts";

const cancel = { type: "CancelRun", run: RUN, reason: "enough" } as const;
const cancelled: JournalRecord = { type: "RunCancelled", run: RUN, reason: "enough" };

describe("a run that is cancelled", () => {
  test("is over, and its cells are dropped; it is cancelled once", () => {
    const state = given(manifest(), runsStarted(), stepCompleted("a"));
    state.whenTold(cancel).thenTypes("RunCancelled", "EmissionOwed");
    state.and(cancelled);
    expect(state.state.runs.size).toBe(0);
    state.whenTold(cancel).thenIgnored("run is over");
  });

  test("calls off what it waits for", () => {
    const state = givenIn(0, 8, manifest(), runsStarted(), waitStarted({ to: 5 }));
    expect(state.whenTold(cancel).messages).toEqual([{ to: 5, body: { type: "CancelWait", run: RUN, step: WAIT } }]);
    const resolved = state.and({ type: "WaitResolved", run: RUN, step: WAIT, event: null });
    expect(resolved.whenTold(cancel).messages).toEqual([]);
  });

  test("tells everyone by an event", () => {
    const { records } = given(manifest(), runsStarted()).whenTold(cancel);
    const owed = records[1];
    if (owed?.type !== "EmissionOwed") throw new Error("nothing is owed");
    const read = decodeEvent(owed);
    expect(read.ok && [read.event.name, JSON.parse(read.event.data)]).toMatchObject([FUNCTION_CANCELLED, { runId: RUN, reason: "enough" }]);
  });

  test("starts onCancel, where its function has one; a handler that is cancelled starts none", () => {
    const handled = manifest({ functions: [{ id: "f", onCancel: true }] });
    const { records } = given(handled, runsStarted()).whenTold(cancel);
    expect(records[1]).toMatchObject({ type: "RunsStarted", runs: [{ functionId: cancelHandlerId("f") }] });
    given(handled, runsStarted({ functionId: cancelHandlerId("f") }))
      .whenTold(cancel)
      .thenTypes("RunCancelled");
  });

  test("is deaf to what its code says still", () => {
    const over = given(runsStarted(), cancelled);
    over.when({ type: "CompleteStep", run: RUN, step: step("a"), output: null, began: T0 }).thenIgnored("run is over");
    over.when({ type: "CompleteRun", run: RUN, output: null }).thenIgnored("run is over");
    over
      .whenTold({ type: "ResolveWait", run: RUN, step: WAIT, outcome: "expired", event: null, purpose: "step" })
      .thenIgnored("the run does not wait for it any more");
  });
});

describe("cancelOn", () => {
  const spec: CancelSpec = { event: "order/deleted", match: "data.id", timeoutMs: 60_000 };
  const functions = (...cancelOn: CancelSpec[]): Given => givenIn(0, 8, manifest({ functions: [{ id: "f", cancelOn }] }));
  const to = partitionOfKey(Buffer.from("7"), 8);

  test("is a wait that each run begins with, from its trigger on, at the partition of its value", () => {
    const outcome = functions(spec).whenEvent({ data: '{"id":7}' });
    expect(outcome.records).toMatchObject([{ type: "RunsStarted", runs: [{ functionId: "f", cancels: [to] }] }]);
    expect(outcome.messages).toMatchObject([
      {
        to,
        body: {
          type: "RegisterWait",
          step: cancelStepKey(0),
          event: "order/deleted",
          value: "n:7",
          since: T0 + SINCE_SLACK_MS,
          deadline: T0 + 60_000,
          excluded: ["app.events/0/0"],
          purpose: "cancel",
        },
      },
    ]);
  });

  test("watches for nothing where the trigger has nothing to compare", () => {
    const outcome = functions(spec).whenEvent({ data: "{}" });
    expect(outcome.records).toMatchObject([{ runs: [{ cancels: [-1] }] }]);
    expect(outcome.messages).toEqual([]);
  });

  test("is called off when the run is over, each where it is decided", () => {
    const started = { ...runsStarted(), runs: [startedRun(RUN, { cancels: [4, -1, 6] })] };
    expect(givenIn(0, 8, started).when({ type: "CompleteRun", run: RUN, output: null }).messages).toEqual([
      { to: 4, body: { type: "CancelWait", run: RUN, step: cancelStepKey(0) } },
      { to: 6, body: { type: "CancelWait", run: RUN, step: cancelStepKey(2) } },
    ]);
  });

  test("has a step's name that no step of users has", () => {
    expect(cancelStepKey(0)).toBe("#0");
  });
});

describe("timeouts", () => {
  const timed = manifest({ functions: [{ id: "f", timeouts: { startMs: 1_000, finishMs: 60_000 } }] });
  const begun = (isBegun: boolean) => ({ type: "TimeOutRun", run: RUN, isBegun }) as const;
  const started = { ...runsStarted(), runs: [startedRun(RUN, { startBy: T0 + 1_000, finishBy: T0 + 60_000 })] };

  test("are of each run from its trigger on", () => {
    const { records } = given(timed).whenEvent({}, { appendedAt: T0 + 5 });
    expect(records).toMatchObject([{ runs: [{ startBy: T0 + 1_005, finishBy: T0 + 60_005 }] }]);
    expect(given(started).state.timers.size).toBe(2);
  });

  test("cancel a run whose code was not called in time", () => {
    given(started)
      .when(begun(false), T0 + 1_000)
      .thenTypes("RunCancelled", "EmissionOwed");
    given(started)
      .when(begun(false), T0 + 999)
      .thenIgnored("it is in time");
    given(started)
      .when(begun(true), T0 + 1_000)
      .thenIgnored("it is in time");
    given(started, stepCompleted("a"))
      .when(begun(false), T0 + 1_000)
      .thenIgnored("it is in time");
  });

  test("cancel a run that is not over in time, whatever it did", () => {
    given(started, stepCompleted("a"))
      .when(begun(true), T0 + 60_000)
      .thenTypes("RunCancelled", "EmissionOwed");
    given()
      .when(begun(true), T0 + 60_000)
      .thenIgnored("run is over");
  });
});

describe("branches that lost a race", () => {
  const lost = { type: "CancelSteps", run: RUN, steps: [step("wait"), step("nap"), step("done")] } as const;

  test("are called off, and never settle; what they came to meanwhile comes to nothing", () => {
    const state = givenIn(0, 8, runsStarted(), waitStarted({ to: 3 }), sleepStarted("nap"), stepCompleted("done"));
    const record: JournalRecord = { type: "StepsCancelled", run: RUN, steps: [step("wait"), step("nap"), step("done")] };
    state.when(lost).thenTold([record], [{ to: 3, body: { type: "CancelWait", run: RUN, step: WAIT } }]);
    state.and(record);
    expect([...state.run().steps.values()].map(({ status }) => status)).toEqual(["cancelled", "cancelled", "cancelled"]);
    state.when(lost).thenIgnored("all of them are called off already");
    state.when({ type: "WakeStep", run: RUN, step: step("nap") }, T0 + 60_000).thenIgnored("step does not sleep");
    state.when({ type: "CompleteStep", run: RUN, step: step("nap"), output: null, began: T0 }).thenIgnored("step is already decided");
    const event = triggerEvent({ name: "order/paid" });
    state
      .whenTold({ type: "ResolveWait", run: RUN, step: WAIT, outcome: "matched", event, purpose: "step" })
      .thenIgnored("the run does not wait for it any more");
  });

  test("include steps that were to be tried again, and steps that nothing is recorded of", () => {
    const state = given(runsStarted(), stepFailed("nap", { retryAt: T0 + 5 }));
    state.when(lost).then({ type: "StepsCancelled", run: RUN, steps: [step("wait"), step("nap"), step("done")] });
  });
});
