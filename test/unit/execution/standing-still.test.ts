// Sleeping, resting, and going in good order.
import { afterEach, describe, expect, test, vi } from "vitest";
import type { FunctionContext, Handler } from "../../../engine/execution/function.ts";
import { deferred } from "../../support/deferred.ts";
import { Desk } from "../../support/desk.ts";
import { T0, turns } from "../../support/fake-clock.ts";
import { RUN, runId, runsStarted, sleepStarted, stepCompleted, stepFailed } from "../../support/records.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("a run that does nothing but sleep for long is let go of, and called again when it wakes", async () => {
  let calls = 0;
  const desk = new Desk(async ({ step }) => {
    calls += 1;
    await step.sleep("nap", "1 day");
    return "rested";
  }).start();
  await turns(5);
  desk.ack();
  expect(desk.journal.at(-1)).toEqual(sleepStarted("nap", T0 + 86_400_000, true));
  expect(desk.invoker.liveRuns).toBe(0);
  await desk.play();
  expect(calls).toBe(2);
  expect(desk.result).toBe("rested");
});

test("a run that sleeps for a moment is kept, and counts for nothing meanwhile (R16)", async () => {
  let calls = 0;
  const desk = new Desk(async ({ step }) => {
    calls += 1;
    await step.sleep("nap", "2s");
  }).start();
  await turns(5);
  desk.ack();
  expect(desk.invoker.isLive(RUN)).toBe(true);
  expect(desk.invoker.liveRuns).toBe(0);
  await desk.play();
  expect(calls).toBe(1);
  expect(desk.types).toEqual(["SleepStarted", "SleepEnded", "RunCompleted"]);
});

describe("a run that waits for what may come any moment", () => {
  const waits: Handler = ({ step }) => step.waitForSignal("go", { signal: "go", timeout: "1 day" });

  test("is kept for a while, and goes on without being called again", async () => {
    let calls = 0;
    const desk = new Desk((context) => {
      calls += 1;
      return waits(context);
    }).start();
    await turns(3);
    desk.ack();
    expect(desk.run.resting).toBe(true);
    expect(desk.invoker.isLive(RUN)).toBe(true);
    expect(desk.invoker.liveRuns).toBe(0);
    desk.signal("go", 1);
    await desk.play();
    expect(calls).toBe(1);
    expect(desk.isOver).toBe(true);
  });

  test("is let go of after ten seconds, and called again when it comes", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const desk = new Desk(waits).start();
    await turns(3);
    desk.ack();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(desk.invoker.isLive(RUN)).toBe(true);
    await vi.advanceTimersByTimeAsync(2);
    expect(desk.invoker.isLive(RUN)).toBe(false);
    desk.signal("go", 1);
    await desk.play();
    expect(desk.result).toEqual({ signal: "go", data: 1 });
  });

  test("is let go of at once where others have waited for less: so many are kept (R16)", async () => {
    const runs = [RUN, runId("second"), runId("third")];
    const recorded = runs.map((id) => runsStarted({ id }));
    const desk = new Desk(({ step, runId: id }) => step.waitForSignal("go", { signal: id, timeout: "1 day" }), {
      recorded,
      maxIdleRuns: 2,
    }).resumeAll();
    await turns(3);
    desk.ack();
    expect(runs.map((id) => desk.invoker.isLive(id))).toEqual([false, true, true]);
  });

  test("is kept while an attempt is due soon, and while a step runs beside the wait", async () => {
    const own = deferred<void>();
    const desk = new Desk(({ step }) => Promise.all([waits({ step } as FunctionContext), step.run("a", () => own.promise)]), {
      maxIdleRuns: 0,
    }).start();
    await turns(3);
    desk.ack();
    expect(desk.invoker.isLive(RUN)).toBe(true);
    own.resolve();
    await turns(3);
    desk.ack();
    await turns(3);
    expect(desk.invoker.isLive(RUN)).toBe(false);
  });
});

test("a run that sleeps beside a running step is not resting, and its step's result is not lost", async () => {
  const own = deferred<number>();
  const desk = new Desk(({ step }) => Promise.all([step.run("a", () => own.promise), step.sleep("nap", "1 day").then(() => null)])).start();
  await turns(5);
  desk.ack();
  expect(desk.journal.at(-1)).toEqual(sleepStarted("nap", T0 + 86_400_000, false));
  expect(desk.invoker.liveRuns).toBe(1);
  own.resolve(7);
  await desk.play();
  expect(desk.result).toEqual([7, null]);
});

test("sleeps that begin side by side are decided together, and each wakes at its own time", async () => {
  const woke: string[] = [];
  const desk = await new Desk(async ({ step }) => {
    const nap = (id: string, ms: number): Promise<void> => step.sleep(id, ms).then(() => void woke.push(id));
    await Promise.all([nap("long", 3_000), nap("short", 1_000), nap("none", 0)]);
  })
    .start()
    .play();
  expect(woke).toEqual(["none", "short", "long"]);
  expect(desk.types.slice(0, 3)).toEqual(["SleepStarted", "SleepStarted", "SleepStarted"]);
});

test("sleepUntil a time that has passed goes on at once", async () => {
  const desk = await new Desk(({ step }) => step.sleepUntil("nap", new Date(T0 - 1_000))).start().play();
  expect(desk.time).toBe(T0);
  expect(desk.types).toEqual(["SleepStarted", "SleepEnded", "RunCompleted"]);
});

test("a new sleep of a function that is called again waits for the record without spinning the event loop", async () => {
  const own = deferred<void>();
  const desk = new Desk(
    ({ step }) => {
      const other = step.sleep("nap", "1h");
      return Promise.all([other, own.promise.then(() => step.run("a", () => "ran"))]).then(() => "done");
    },
    { recorded: [runsStarted(), stepCompleted("a", "1")], graceMs: 60_000 },
  ).start();
  await turns(5);
  const before = performance.eventLoopUtilization();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { utilization } = performance.eventLoopUtilization(before);
  own.resolve();
  await desk.play();
  expect(desk.result).toBe("done");
  expect(utilization).toBeLessThan(0.8);
});

test("an attempt that is not due yet waits for its timer, and one that is due begins at once", async () => {
  const attempts: number[] = [];
  const recorded = [runsStarted(), stepFailed("a", { attempt: 1, retryAt: T0 + 5_000 })];
  const desk = new Desk(({ step }) => step.run("a", ({ attempt }) => attempts.push(attempt)), { recorded }).start();
  await turns(20);
  expect(attempts).toEqual([]);
  await desk.play();
  expect(attempts).toEqual([2]);

  const late = new Desk(({ step }) => step.run("a", ({ attempt }) => attempts.push(attempt)), { recorded, now: T0 + 6_000 }).start();
  await turns(3);
  expect(attempts).toEqual([2, 2]);
  await late.play();
  expect(attempts).toEqual([2, 2]);
});

test("when it is told to come to rest, no further step begins, and what executes is recorded", async () => {
  const own = deferred<number>();
  const began: string[] = [];
  const desk = new Desk(async ({ step }) => {
    await step.run("a", () => {
      began.push("a");
      return own.promise;
    });
    await step.run("b", () => began.push("b"));
  }).start();
  await turns(2);
  let atRest = false;
  const quiet = desk.invoker.quiesce(60_000).then(() => (atRest = true));
  await turns(2);
  expect(atRest).toBe(false);
  own.resolve(1);
  await quiet;
  await desk.play();
  expect(began).toEqual(["a"]);
  expect(desk.types).toEqual(["StepCompleted"]);
});

test("coming to rest ends when the time is up, and at once where nothing executes", async () => {
  const desk = new Desk(({ step }) => step.run("a", () => new Promise(() => {}))).start();
  await turns(2);
  await desk.invoker.quiesce(1);
  const idle = new Desk(() => new Promise(() => {})).start();
  await idle.invoker.quiesce(60_000);
  expect(desk.inputs).toEqual([]);
});

test("a run that was begun while it comes to rest is left to the next owner", () => {
  const desk = new Desk(() => "returned");
  void desk.invoker.quiesce(0);
  desk.start();
  expect(desk.invoker.liveRuns).toBe(0);
});

test("what executes is aborted when the run is over: a race's loser hears of it and is not recorded", async () => {
  const desk = await new Desk(async ({ step }) => {
    const lost = step.run(
      "loser",
      ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("told")))),
    );
    lost.catch(() => {});
    return await Promise.race([lost, step.run("winner", () => "won")]);
  })
    .start()
    .play();
  expect(desk.result).toBe("won");
  expect(desk.types).toEqual(["StepCompleted", "RunCompleted"]);
});

test("a run is live once: to start it again is a bug that is said", () => {
  const desk = new Desk(() => new Promise(() => {})).start();
  expect(() => desk.invoker.start(desk.run)).toThrow(new RegExp(`run ${RUN} is live already`));
});
