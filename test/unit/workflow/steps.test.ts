import { describe, expect, test } from "vitest";
import { backoffMs } from "../../../engine/core/backoff.ts";
import { MAX_STEPS } from "../../../engine/workflow/run/limits.ts";
import type { FailStep } from "../../../engine/workflow/step/fail.ts";
import { T0 } from "../../support/fake-clock.ts";
import { given } from "../../support/given.ts";
import { BOOM, RUN, runId, runsStarted, sleepEnded, sleepStarted, step, STEP, stepCompleted, stepFailed } from "../../support/records.ts";

const complete = { type: "CompleteStep", run: RUN, step: STEP, output: "1", began: T0 } as const;
const startNap = { type: "StartSleep", run: RUN, step: step("nap"), wakeAt: null, durationMs: 60_000, resting: true } as const;
const wake = { type: "WakeStep", run: RUN, step: step("nap") } as const;

function fail(over: Partial<FailStep> = {}): FailStep {
  return {
    type: "FailStep",
    run: RUN,
    step: STEP,
    attempt: 0,
    began: T0,
    error: BOOM,
    wish: { kind: "policy" },
    retries: 3,
    random: 0.5,
    ...over,
  };
}

describe("a step that completes", () => {
  test("is recorded with its result", () => {
    given(runsStarted()).when(complete).then(stepCompleted("a", "1"));
  });

  test("is settled, and numbered in the order of the journal", () => {
    const run = given(runsStarted(), stepCompleted("b"), stepFailed("a"), stepCompleted("a#1")).run();
    expect([...run.steps].map(([key, state]) => [key, "order" in state ? state.order : null])).toEqual([
      ["b#0", 0],
      ["a#0", 1],
      ["a#1", 2],
    ]);
  });

  test("again is redelivery, and changes nothing (R2)", () => {
    given(runsStarted(), stepCompleted("a", "1"))
      .when({ ...complete, output: "2" })
      .thenIgnored("step is already decided");
    given(runsStarted(), stepFailed("a")).when(complete).thenIgnored("step is already decided");
  });

  test("after its run is over is late, and ignored", () => {
    given(runsStarted(), { type: "RunCompleted", run: RUN, output: null }).when(complete).thenIgnored("run is over");
    given().when(complete).thenIgnored("run is over");
  });

  test("after an attempt that failed counts, whatever attempt it was", () => {
    given(runsStarted(), stepFailed("a", { retryAt: T0 + 1 }))
      .when(complete)
      .then(stepCompleted("a", "1"));
  });
});

describe("a step that fails", () => {
  test("comes back after 1 s, 2 s, 4 s …, give or take a fifth, up to ten minutes", () => {
    const waits = (random: number): number[] => [0, 1, 2, 9, 10, 19].map((attempt) => backoffMs(attempt, random));
    expect(waits(0.5)).toEqual([1_000, 2_000, 4_000, 512_000, 600_000, 600_000]);
    expect(waits(0)).toEqual([800, 1_600, 3_200, 409_600, 480_000, 480_000]);
    expect(backoffMs(0, 0.999_999)).toBe(1_200);
    expect(backoffMs(1_000_000, 0.5)).toBe(600_000);
    given(runsStarted())
      .when(fail({ random: 0 }))
      .then(stepFailed("a", { retryAt: T0 + 800 }));
  });

  test("has the attempt after its last one refused: the failure is its outcome", () => {
    const tried = given(runsStarted(), stepFailed("a", { attempt: 2, retryAt: T0 }));
    tried.when(fail({ attempt: 3 })).then(stepFailed("a", { attempt: 3 }));
    given(runsStarted())
      .when(fail({ retries: 0 }))
      .then(stepFailed("a"));
  });

  test("never comes back if it says so, and comes back when it says", () => {
    given(runsStarted())
      .when(fail({ wish: { kind: "never" } }))
      .then(stepFailed("a"));
    given(runsStarted())
      .when(fail({ wish: { kind: "after", ms: 90_000 } }))
      .then(stepFailed("a", { retryAt: T0 + 90_000 }));
    given(runsStarted())
      .when(fail({ wish: { kind: "after", ms: 1 }, retries: 0 }))
      .then(stepFailed("a"));
  });

  test("by an attempt that is not the next one is redelivery", () => {
    given(runsStarted(), stepFailed("a", { retryAt: T0 }))
      .when(fail())
      .thenIgnored("another attempt is on its way");
    given(runsStarted())
      .when(fail({ attempt: 1 }))
      .thenIgnored("another attempt is on its way");
    given(runsStarted(), stepCompleted("a")).when(fail()).thenIgnored("step is already decided");
    given().when(fail()).thenIgnored("run is over");
  });

  test("sets a timer for its next attempt, and none after its last", () => {
    expect(given(runsStarted(), stepFailed("a", { retryAt: T0 + 5 })).state.timers.nextAt()).toBe(T0 + 5);
    expect(given(runsStarted(), stepFailed("a")).state.timers.nextAt()).toBeNull();
  });
});

describe("a sleep", () => {
  test("ends a duration from now by the time of deciding, or at the time given", () => {
    given(runsStarted())
      .when(startNap, T0 + 7)
      .then(sleepStarted("nap", T0 + 7 + 60_000, true));
    given(runsStarted())
      .when({ ...startNap, wakeAt: 5, durationMs: null })
      .then(sleepStarted("nap", 5, true));
  });

  test("wakes at its time and not before, once", () => {
    const sleeping = given(runsStarted(), sleepStarted("nap", T0 + 1_000));
    sleeping.when(wake, T0 + 999).thenIgnored("too early");
    sleeping.when(wake, T0 + 1_000).then(sleepEnded());
    sleeping
      .and(sleepEnded())
      .when(wake, T0 + 1_000)
      .thenIgnored("step does not sleep");
    given().when(wake).thenIgnored("step does not sleep");
  });

  test("that began is not begun again", () => {
    given(runsStarted(), sleepStarted()).when(startNap).thenIgnored("step is already decided");
    given(runsStarted(), sleepStarted(), sleepEnded()).when(startNap).thenIgnored("step is already decided");
    given().when(startNap).thenIgnored("run is over");
  });

  test("leaves its run resting if it does nothing else, until anything happens", () => {
    const resting = given(runsStarted(), sleepStarted("nap", T0 + 1, true));
    expect(resting.run().resting).toBe(true);
    expect(resting.and(sleepEnded()).run().resting).toBe(false);
    expect(given(runsStarted(), sleepStarted("nap", T0, true), stepCompleted("a")).run().resting).toBe(false);
    expect(given(runsStarted(), sleepStarted("nap", T0, false)).run().resting).toBe(false);
  });
});

describe("10,000 steps are the most that a run may have (R16)", () => {
  const full = (): ReturnType<typeof given> =>
    given(runsStarted(), ...Array.from({ length: MAX_STEPS }, (_, n) => stepCompleted(`a#${n}`)));

  test("the one that is too many fails the run, whatever it asks for", () => {
    const over = step("a", MAX_STEPS);
    full()
      .when({ ...complete, step: over })
      .thenTypes("RunFailed", "EmissionOwed");
    full()
      .when(fail({ step: over }))
      .thenTypes("RunFailed", "EmissionOwed");
    const { records } = full().when({ ...startNap, step: over });
    expect(records[0]).toMatchObject({ type: "RunFailed", error: { name: "TooManyStepsError" } });
  });

  test("a step that is recorded already is not one too many", () => {
    const state = given(runsStarted(), ...Array.from({ length: MAX_STEPS - 1 }, (_, n) => stepCompleted(`a#${n}`)));
    state
      .and(stepFailed("b", { retryAt: T0 }))
      .when({ ...complete, step: step("b") })
      .then(stepCompleted("b", "1"));
  });
});

test("records of a run that is not there are no-ops: its cells are gone", () => {
  const empty = given();
  const other = runId("other");
  empty.and(
    stepCompleted("a", "1", other),
    stepFailed("a", { run: other, retryAt: 1 }),
    sleepStarted(),
    sleepEnded(),
    { type: "RunAttemptFailed", run: other, attempt: 0, error: BOOM, retryAt: 1 },
    { type: "RunCompleted", run: other, output: null },
    { type: "RunFailed", run: other, error: BOOM },
    { type: "RunParked", run: other, difference: "" },
    { type: "RunUnparked", run: other },
  );
  expect(empty.state.runs.size).toBe(0);
  expect(empty.state.timers.size).toBe(0);
});
