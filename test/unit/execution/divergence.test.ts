// Code that asks for other steps than those recorded is parked with the difference, never guessed over (DESIGN §9).
import { describe, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { deferred } from "../../support/deferred.ts";
import { Desk } from "../../support/desk.ts";
import { T0, turns, until } from "../../support/fake-clock.ts";
import { RUN, runsStarted, sleepEnded, sleepStarted, stepCompleted, stepFailed } from "../../support/records.ts";

async function parked(recorded: readonly JournalRecord[], handler: Handler): Promise<string> {
  const executed: string[] = [];
  const desk = new Desk((context) => handler(context), { recorded: [runsStarted(), ...recorded] }).start();
  await until(
    "the run is parked",
    () => {
      desk.ack();
      return desk.isOver || desk.run.status.status === "parked";
    },
    100_000,
  );
  expect(executed).toEqual([]);
  expect(desk.isOver).toBe(false);
  expect(desk.invoker.isLive(RUN)).toBe(false);
  return desk.run.status.status === "parked" ? desk.run.status.difference : "";
}

const never = (): never => {
  throw new Error("a step ran in spite of the difference");
};

describe("the code parks with the difference, and runs nothing, when it", () => {
  test("returns without asking for a recorded step", async () => {
    expect(await parked([stepCompleted("a")], () => "at once")).toBe('step "a#0" is recorded, but the code returns without asking for it');
  });

  test("returns without asking for a step that still sleeps", async () => {
    expect(await parked([sleepStarted("nap")], () => "at once")).toMatch(/step "nap#0" is recorded, but the code returns/);
  });

  test("returns without asking for a step that waits for another attempt", async () => {
    expect(await parked([stepFailed("a", { retryAt: T0 + 1_000 })], () => null)).toMatch(/step "a#0" is recorded, but the code returns/);
  });

  test("asks for another step instead", async () => {
    expect(await parked([stepCompleted("a")], ({ step }) => step.run("b", never))).toBe(
      'step "a#0" is recorded, but the code asks for "b#0" instead',
    );
  });

  test("asks for the recorded steps in another order", async () => {
    const swapped: Handler = async ({ step }) => {
      await step.run("b", never);
      await step.run("a", never);
    };
    expect(await parked([stepCompleted("a"), stepCompleted("b")], swapped)).toMatch(/step "a#0" is recorded, but the code asks for/);
  });

  test("sleeps first where a step is recorded", async () => {
    const handler: Handler = async ({ step }) => {
      await step.sleep("nap", "1h");
      await step.run("a", never);
    };
    expect(await parked([stepCompleted("a")], handler)).toBe('step "a#0" is recorded, but the code asks for "nap#0" instead');
  });

  test("asks for a step that still sleeps, and no longer for the one before it", async () => {
    const handler: Handler = ({ step }) => step.sleep("nap", "1h");
    expect(await parked([stepCompleted("a"), sleepStarted("nap")], handler)).toMatch(
      /step "a#0" is recorded, but the code asks for "nap#0" instead/,
    );
  });

  test("makes a sleep of a recorded step", async () => {
    expect(await parked([stepCompleted("a")], ({ step }) => step.sleep("a", "1h"))).toBe(
      'step "a#0" is recorded as a run, but the code asks for a sleep',
    );
  });

  test("makes a step of a recorded sleep, ended or not", async () => {
    const handler: Handler = ({ step }) => step.run("nap", never);
    expect(await parked([sleepStarted("nap"), sleepEnded("nap")], handler)).toBe(
      'step "nap#0" is recorded as a sleep, but the code asks for a run',
    );
    expect(await parked([sleepStarted("nap")], handler)).toMatch(/is recorded as a sleep, but the code asks for a run/);
  });

  test("makes a sleep of a step that failed", async () => {
    expect(await parked([stepFailed("a")], ({ step }) => step.sleep("a", "1h"))).toMatch(
      /is recorded as a run, but the code asks for a sleep/,
    );
  });

  test("asks less often for an id that repeats", async () => {
    const handler: Handler = async ({ step }) => {
      await step.run("page", never);
      await step.run("after", never);
    };
    expect(await parked([stepCompleted("page"), stepCompleted("page#1")], handler)).toMatch(
      /step "page#1" is recorded, but the code asks for "after#0"/,
    );
  });
});

test("a sleep that ends though the code no longer asks for it parks the run as soon as another outcome waits behind it", async () => {
  const desk = new Desk(
    async ({ step }) => {
      await step.run("x", () => 1);
      await step.run("y", () => 2);
      return "done";
    },
    { recorded: [runsStarted(), sleepStarted("nap", T0 + 60_000)] },
  ).start();
  await turns(5);
  desk.ack(1); // x
  desk.passToNextTimer(); // nap ends before y
  desk.ack();
  await until(
    "the run is parked or over",
    () => {
      desk.ack();
      return desk.isOver || desk.run.status.status === "parked";
    },
    100_000,
  );
  expect(desk.isOver).toBe(false);
  expect(desk.run.status).toMatchObject({ status: "parked", difference: expect.stringContaining('"nap#0" is recorded') as unknown });
});

test("a step that is new behind everything recorded is no difference", async () => {
  const desk = await new Desk(
    async ({ step }) => {
      const a = await step.run("a", never);
      return [a, await step.run("new", () => 2)];
    },
    { recorded: [runsStarted(), stepCompleted("a", "1")] },
  )
    .start()
    .play();
  expect(desk.result).toEqual([1, 2]);
});

test("a parked run whose code agrees again goes on, and says so in the journal", async () => {
  const desk = await new Desk(async ({ step }) => [await step.run("a", never), await step.run("b", () => 2)], {
    recorded: [runsStarted(), stepCompleted("a", "1"), { type: "RunParked", run: RUN, difference: "was other" }],
  })
    .start()
    .play();
  expect(desk.journal.slice(-3).map(({ type }) => type)).toEqual(["RunUnparked", "StepCompleted", "RunCompleted"]);
});

test("a parked run whose code still differs is not recorded as parked again", async () => {
  const difference = 'step "a#0" is recorded, but the code returns without asking for it';
  const desk = new Desk(() => "at once", {
    recorded: [runsStarted(), stepCompleted("a"), { type: "RunParked", run: RUN, difference }],
  }).start();
  await until("the code is called", () => desk.inputs.length > 0);
  expect(desk.pending).toEqual([]);
  expect(desk.invoker.isLive(RUN)).toBe(false);
});

test("a handler that is busy with something of its own is not taken for one that differs", async () => {
  const own = deferred<void>();
  const desk = new Desk(
    async ({ step }) => {
      await own.promise;
      return await step.run("a", never);
    },
    { recorded: [runsStarted(), stepCompleted("a", "7")] },
  ).start();
  await turns(2_000);
  expect(desk.inputs).toEqual([]);
  own.resolve();
  await desk.play();
  expect(desk.result).toBe(7);
});
