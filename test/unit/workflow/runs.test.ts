import { describe, expect, test } from "vitest";
import { decodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import { failureHandlerId, FUNCTION_FAILED } from "../../../engine/workflow/run/handlers.ts";
import type { FailRunAttempt } from "../../../engine/workflow/run/attempt.ts";
import type { EmissionOwed, JournalRecord } from "../../../engine/workflow/records.ts";
import { T0 } from "../../support/fake-clock.ts";
import { given } from "../../support/given.ts";
import { BOOM, manifest, RUN, runsStarted, sleepStarted, stepCompleted, stepFailed } from "../../support/records.ts";

function failAttempt(over: Partial<FailRunAttempt> = {}): FailRunAttempt {
  return { type: "FailRunAttempt", run: RUN, attempt: 0, error: BOOM, wish: { kind: "policy" }, retries: 2, random: 0.5, ...over };
}

const attemptFailed: JournalRecord = { type: "RunAttemptFailed", run: RUN, attempt: 0, error: BOOM, retryAt: T0 + 1_000 };
const last = failAttempt({ retries: 0 });

function owed(records: readonly JournalRecord[]): EmissionOwed[] {
  return records.filter((record) => record.type === "EmissionOwed");
}

test("a run that starts holds its event, and one that started already is left as it is", () => {
  const state = given().at(T0 + 5, runsStarted());
  expect(state.run()).toMatchObject({ functionId: "f", startedAt: T0 + 5, attempt: 0, status: { status: "running" }, outcomes: 0 });
  state.and(stepCompleted("a"), runsStarted());
  expect(state.run().steps.size).toBe(1);
});

test("a run that completes is over, and its cells are dropped; it completes once", () => {
  const complete = { type: "CompleteRun", run: RUN, output: "1" } as const;
  given(runsStarted()).when(complete).then({ type: "RunCompleted", run: RUN, output: "1" });
  const over = given(runsStarted(), stepCompleted("a"), { type: "RunCompleted", run: RUN, output: "1" });
  expect(over.state.runs.size).toBe(0);
  over.when(complete).thenIgnored("run is over");
});

describe("a function that throws outside of its steps", () => {
  test("is called again later", () => {
    given(runsStarted()).when(failAttempt()).then(attemptFailed);
    const waiting = given(runsStarted(), attemptFailed);
    expect(waiting.run()).toMatchObject({ attempt: 1, status: { status: "backing-off", retryAt: T0 + 1_000 } });
    expect(waiting.state.timers.nextAt()).toBe(T0 + 1_000);
  });

  test("keeps what its steps recorded", () => {
    expect(given(runsStarted(), stepCompleted("a"), attemptFailed).run().steps.size).toBe(1);
  });

  test("has backed off as soon as its code says anything", () => {
    for (const sign of [stepCompleted("a"), stepFailed("a"), sleepStarted()]) {
      expect(given(runsStarted(), attemptFailed, sign).run().status).toEqual({ status: "running" });
    }
  });

  test("by an attempt that is not the running one is redelivery", () => {
    given(runsStarted(), attemptFailed).when(failAttempt()).thenIgnored("another attempt is on its way");
    given().when(failAttempt()).thenIgnored("run is over");
  });

  test("fails after its last attempt, at once if it says never, and when it says", () => {
    given(runsStarted()).when(last).thenTypes("RunFailed", "EmissionOwed");
    given(runsStarted())
      .when(failAttempt({ wish: { kind: "never" } }))
      .thenTypes("RunFailed", "EmissionOwed");
    given(runsStarted())
      .when(failAttempt({ wish: { kind: "after", ms: 5 } }))
      .then({ ...attemptFailed, type: "RunAttemptFailed", run: RUN, attempt: 0, error: BOOM, retryAt: T0 + 5 });
  });
});

describe("a run that fails for good", () => {
  const withHandler = manifest({ functions: [{ id: "f", onFailure: true }] });

  test("owes millrace/function.failed to the events topic, with what it was and what it was started by", () => {
    const { records } = given(manifest(), runsStarted({ event: { data: `{"n":1}`, key: "k" } })).when(last);
    const [emission] = owed(records);
    expect(emission?.target).toBe("events");
    expect(emission?.key?.toString()).toBe("k");
    const read = decodeEvent({ key: null, value: emission?.value ?? null, headers: emission?.headers ?? {} });
    const event = read.ok ? read.event : null;
    expect(event).toMatchObject({ name: FUNCTION_FAILED, id: `${RUN}/function.failed`, time: T0 });
    expect(JSON.parse(event?.data ?? "null")).toEqual({
      functionId: "f",
      runId: RUN,
      error: BOOM,
      event: { id: "e1", name: "order/created", time: T0, key: "k", data: { n: 1 } },
    });
  });

  test("starts onFailure as a run of its own, with the same event, where the function has one", () => {
    const { records } = given(withHandler, runsStarted()).when(last);
    expect(records.map(({ type }) => type)).toEqual(["RunFailed", "RunsStarted", "EmissionOwed"]);
    const started = records[1];
    expect(started).toMatchObject({ event: { name: FUNCTION_FAILED, topic: "" }, runs: [{ functionId: failureHandlerId("f") }] });
    given(manifest(), runsStarted()).when(last).thenTypes("RunFailed", "EmissionOwed");
  });

  test("gives onFailure the same run id whoever decides it (R10)", () => {
    const ids = [0, 1].map(() => {
      const started = given(withHandler, runsStarted()).when(last).records[1];
      return started?.type === "RunsStarted" ? started.runs[0]?.id : null;
    });
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(RUN);
  });

  test("emits nothing when it handled a failure itself: that would go round for ever", () => {
    given(withHandler, runsStarted({ functionId: failureHandlerId("f") }))
      .when(last)
      .thenTypes("RunFailed");
    given(withHandler, runsStarted({ event: { name: FUNCTION_FAILED } }))
      .when(last)
      .thenTypes("RunFailed");
  });

  test("is over, and fails once", () => {
    const over = given(runsStarted(), { type: "RunFailed", run: RUN, error: BOOM });
    expect(over.state.runs.size).toBe(0);
    over.when(last).thenIgnored("run is over");
  });
});

describe("a run that is parked", () => {
  const park = { type: "ParkRun", run: RUN, difference: "d" } as const;
  const parked: JournalRecord = { type: "RunParked", run: RUN, difference: "d" };

  test("waits with the difference shown, once for each difference", () => {
    given(runsStarted()).when(park).then(parked);
    expect(given(runsStarted(), parked).run().status).toEqual({ status: "parked", difference: "d" });
    given(runsStarted(), parked).when(park).thenIgnored("already parked for this");
    given(runsStarted(), parked)
      .when({ ...park, difference: "e" })
      .then({ ...parked, type: "RunParked", run: RUN, difference: "e" });
    given().when(park).thenIgnored("run is over");
  });

  test("goes on when its code agrees again", () => {
    const unpark = { type: "UnparkRun", run: RUN } as const;
    given(runsStarted(), parked).when(unpark).then({ type: "RunUnparked", run: RUN });
    expect(given(runsStarted(), parked, { type: "RunUnparked", run: RUN }).run().status).toEqual({ status: "running" });
    given(runsStarted()).when(unpark).thenIgnored("run is not parked");
  });
});

describe("what is owed to other topics", () => {
  const debt = (sequence: number): EmissionOwed => ({
    type: "EmissionOwed",
    sequence,
    target: "events",
    key: null,
    value: null,
    headers: {},
  });

  test("is numbered on, and is owed until it is confirmed", () => {
    const state = given(debt(0), debt(1), debt(2));
    expect(state.state.nextEmission).toBe(3);
    state.when({ type: "ConfirmEmissions", through: 1 }).then({ type: "EmissionsConfirmed", through: 1 });
    state.and({ type: "EmissionsConfirmed", through: 1 });
    expect([...state.state.emissions.keys()]).toEqual([2]);
    expect(owed(state.and(manifest(), runsStarted()).when(last).records)[0]?.sequence).toBe(3);
  });

  test("is confirmed once", () => {
    given().when({ type: "ConfirmEmissions", through: 0 }).thenIgnored("already confirmed");
    given(debt(0), debt(1), { type: "EmissionsConfirmed", through: 0 })
      .when({ type: "ConfirmEmissions", through: 0 })
      .thenIgnored("already confirmed");
  });
});

test("what an owner says of its going is the farewell", () => {
  expect(given({ type: "OwnerReleasing", until: 9 }).state.farewell).toEqual({ kind: "releasing", until: 9 });
  expect(given({ type: "OwnerReleased" }).state.farewell).toEqual({ kind: "released" });
  const record = { type: "OwnerReleasing", until: 9 } as const;
  given().when({ type: "OwnerSays", record }).then(record);
});
