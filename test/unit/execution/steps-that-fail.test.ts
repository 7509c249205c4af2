import { afterEach, describe, expect, test, vi } from "vitest";
import { deferred } from "../../support/deferred.ts";
import { Desk } from "../../support/desk.ts";
import { T0, turns } from "../../support/fake-clock.ts";
import { NonRetriableError, RetryAfterError, StepError, TimeoutError } from "../../../engine/execution/user-errors.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";

afterEach(() => {
  vi.useRealTimers();
});

function text(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

function failures(desk: Desk): Extract<JournalRecord, { type: "StepFailed" }>[] {
  return desk.journal.filter((record) => record.type === "StepFailed");
}

test("a step that throws is tried again up to its retries, each attempt knows its number, and the last failure is thrown", async () => {
  const attempts: number[] = [];
  const desk = await new Desk(
    ({ step }) =>
      step.run({ id: "a", retries: 3 }, ({ attempt }) => {
        attempts.push(attempt);
        throw new TypeError(`no ${attempt}`);
      }),
    { retries: 0 },
  )
    .start()
    .play();
  expect(attempts).toEqual([0, 1, 2, 3]);
  expect(failures(desk).map(({ error, retryAt }) => [error.message, retryAt === null])).toEqual([
    ["no 0", false],
    ["no 1", false],
    ["no 2", false],
    ["no 3", true],
  ]);
  expect(desk.result).toEqual({ failed: "no 3" });
});

test("attempts come after 1 s, 2 s, 4 s, and a step that gets well goes on", async () => {
  const desk = await new Desk(({ step }) =>
    step.run({ id: "a", retries: 3 }, ({ attempt }) => {
      if (attempt < 3) throw new Error("not yet");
      return attempt;
    }),
  )
    .start()
    .play();
  expect(failures(desk).map(({ retryAt }) => (retryAt ?? 0) - T0)).toEqual([1_000, 3_000, 7_000]);
  expect(desk.result).toBe(3);
});

test("NonRetriableError is never retried, and RetryAfterError when it says", async () => {
  const never = await new Desk(({ step }) =>
    step.run("a", () => {
      throw new NonRetriableError("bad card");
    }),
  )
    .start()
    .play();
  expect(failures(never)).toHaveLength(1);
  expect(never.result).toEqual({ failed: "bad card" });

  const later = await new Desk(({ step }) =>
    step.run("a", ({ attempt }) => {
      if (attempt === 0) throw new RetryAfterError("busy", "1h");
      if (attempt === 1) throw new RetryAfterError("busy", new Date(T0 + 7_200_000));
      return "done";
    }),
  )
    .start()
    .play();
  expect(failures(later).map(({ retryAt }) => retryAt)).toEqual([T0 + 3_600_000, T0 + 7_200_000]);
  expect(later.result).toBe("done");
});

test("a step's failure that the function lets through fails the run without calling the function again", async () => {
  let calls = 0;
  const desk = await new Desk(({ step }) => {
    calls += 1;
    return step.run({ id: "a", retries: 0 }, () => Promise.reject(new Error("boom")));
  })
    .start()
    .play();
  expect(calls).toBe(1);
  expect(desk.types).toEqual(["StepFailed", "RunFailed", "EmissionOwed"]);
});

test("a function that throws outside of its steps is called again, answered from the record, and knows its attempt", async () => {
  const attempts: number[] = [];
  const executed: string[] = [];
  const desk = await new Desk(
    async ({ step, attempt }) => {
      attempts.push(attempt);
      await step.run("a", () => executed.push("a"));
      if (attempt < 2) throw new Error("outside");
      return "well";
    },
    { retries: 2 },
  )
    .start()
    .play();
  expect(attempts).toEqual([0, 1, 2]);
  expect(executed).toEqual(["a"]);
  expect(desk.result).toBe("well");
  expect(desk.types).toEqual(["StepCompleted", "RunAttemptFailed", "RunAttemptFailed", "RunCompleted"]);
});

test("a function that throws before its first step, at once and not as a promise, fails like any other", async () => {
  const desk = await new Desk(
    () => {
      throw new Error("at once");
    },
    { retries: 0 },
  )
    .start()
    .play();
  expect(desk.result).toEqual({ failed: "at once" });
});

test("a step may catch its failure by its class and see what was thrown", async () => {
  let seen: unknown;
  await new Desk(async ({ step }) => {
    try {
      await step.run({ id: "charge", retries: 0 }, () => {
        throw new RangeError("too much");
      });
    } catch (error) {
      seen = error;
    }
  })
    .start()
    .play();
  expect(seen).toBeInstanceOf(StepError);
  expect(seen).toMatchObject({ stepId: "charge", originalName: "RangeError", message: "too much", code: "STEP_FAILED" });
});

describe("anything can be thrown, and is recorded as something that can be read", () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error("get");
      },
      getPrototypeOf() {
        throw new Error("getPrototypeOf");
      },
      ownKeys() {
        throw new Error("ownKeys");
      },
    },
  );
  class Odd extends Error {
    override get message(): string {
      throw new Error("message");
    }
  }
  const things: readonly (readonly [string, unknown, RegExp])[] = [
    ["a string", "no", /"no" was thrown, which is not an Error/],
    ["undefined", undefined, /undefined was thrown/],
    ["null", null, /null was thrown/],
    ["a BigInt", 1n, /1 was thrown/],
    ["a symbol", Symbol("s"), /Symbol\(s\) was thrown/],
    ["an object", { code: 7 }, /\{"code":7\} was thrown/],
    ["an object with a BigInt", { code: 7n }, /cannot even be described/],
    ["an object without a prototype", Object.create(null), /\{\} was thrown/],
    ["a proxy that throws whatever is asked of it", hostile, /cannot even be described/],
    ["an error whose message throws", new Odd(), /cannot even be described/],
    ["an error with half an emoji", new Error("\ud83d"), /^\ufffd$/],
    ["an error as long as a book", new Error("x".repeat(100_000)), /^x{8192}$/],
  ];
  test.each(things)("%s, in a step", async (_, thrown, message) => {
    const desk = await new Desk(({ step }) => step.run({ id: "a", retries: 0 }, () => Promise.reject(thrown))).start().play();
    expect(failures(desk).map(({ error }) => error.message)).toEqual([text(message)]);
    expect(desk.isOver).toBe(true);
  });
  test.each(things)("%s, outside of steps", async (_, thrown, message) => {
    const desk = await new Desk(() => Promise.reject(thrown), { retries: 0 }).start().play();
    expect(desk.result).toEqual({ failed: text(message) });
  });
});

test("a time to retry that is no time is refused where it is written", () => {
  expect(() => new RetryAfterError("busy", new Date(Number.NaN))).toThrow(/not a time/);
  expect(() => new RetryAfterError("busy", Number.POSITIVE_INFINITY)).toThrow(/not a duration/);
  expect(() => new RetryAfterError("busy", 1e300)).toThrow(/not a duration/);
});

test("a step that takes too long fails with its signal aborted, and what it says later does not count", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const late = deferred<string>();
  let aborted: unknown;
  const desk = new Desk(({ step }) =>
    step.run({ id: "slow", retries: 0, timeout: "2s" }, ({ signal }) => {
      signal.addEventListener("abort", () => {
        aborted = signal.reason;
      });
      return late.promise;
    }),
  ).start();
  await vi.advanceTimersByTimeAsync(1_999);
  expect(desk.inputs).toEqual([]);
  await vi.advanceTimersByTimeAsync(2);
  expect(aborted).toBeInstanceOf(TimeoutError);
  late.resolve("late");
  await desk.play();
  expect(failures(desk).map(({ error }) => error.name)).toEqual(["TimeoutError"]);
  expect(desk.result).toEqual({ failed: text(/step "slow" took longer than 2000 ms/) });
});

test("the attempt after a time-out has a signal of its own", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const signals: boolean[] = [];
  const desk = new Desk(({ step }) =>
    step.run({ id: "slow", retries: 1, timeout: "2s" }, ({ signal, attempt }) => {
      signals.push(signal.aborted);
      return attempt === 0 ? new Promise(() => {}) : "quick";
    }),
  ).start();
  await vi.advanceTimersByTimeAsync(2_001);
  await desk.play();
  expect(signals).toEqual([false, false]);
  expect(desk.result).toBe("quick");
});

test("a function that is outside of its steps for an hour is called again", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const desk = new Desk(() => new Promise(() => {}), { retries: 0 }).start();
  await vi.advanceTimersByTimeAsync(3_600_001);
  await turns(2);
  expect(desk.inputs).toMatchObject([{ type: "FailRunAttempt", error: { name: "TimeoutError" } }]);
});

test("when a run is over, or its owner is, what still executes for it is told by its signal", async () => {
  let reason: unknown;
  const desk = new Desk(({ step }) =>
    step.run("a", ({ signal }) => {
      signal.addEventListener("abort", () => {
        reason = signal.reason;
      });
      return new Promise(() => {});
    }),
  ).start();
  await turns(2);
  desk.invoker.close("partition 0: another owner claimed it");
  expect(reason).toMatchObject({ code: "ABORTED", message: "partition 0: another owner claimed it" });
  expect(desk.inputs).toEqual([]);
});
