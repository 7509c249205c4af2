// Branches: the first that ends wins, and the others' steps are called off; and tasks side by side, so many at a time.
import { describe, expect, test } from "vitest";
import type { FunctionContext, Handler } from "../../../engine/execution/function.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { deferred } from "../../support/deferred.ts";
import { Desk } from "../../support/desk.ts";
import { turns, until } from "../../support/fake-clock.ts";
import { RUN, runsStarted, sleepStarted, step as keyOf, stepCompleted } from "../../support/records.ts";

function cancelled(desk: Desk): readonly string[] {
  return desk.journal.flatMap((record) => (record.type === "StepsCancelled" ? record.steps : []));
}

const stepsCancelled = (...ids: readonly string[]): JournalRecord => ({
  type: "StepsCancelled",
  run: RUN,
  steps: ids.map((id) => keyOf(id)),
});

describe("a race", () => {
  const late: Handler = ({ step }) =>
    step.race({
      booked: (own) => own.waitForEvent("booking", { event: "booked", match: "id", timeout: "7 days" }),
      late: async (own) => {
        await own.sleep("a day", "1 day");
        return own.run("remind", () => "reminded");
      },
    });

  test("is won by the first branch that returns; the others' steps are cancelled, and those not begun never begin", async () => {
    const desk = await new Desk(late).start().play();
    expect(desk.result).toEqual({ winner: "late", value: "reminded" });
    expect(cancelled(desk)).toEqual(["booking#0"]);
    expect(desk.state.waits.size).toBe(0);

    const booked = new Desk(late).start();
    await turns(3);
    booked.send({ name: "booked", id: "e1" });
    await booked.play();
    expect(booked.result).toMatchObject({ winner: "booked", value: { name: "booked" } });
    expect(cancelled(booked)).toEqual(["a day#0"]);
    expect(booked.types).not.toContain("StepCompleted");
  });

  test("is won by a branch that throws, too", async () => {
    const desk = await new Desk(({ step }) =>
      step
        .race({
          bad: () => {
            throw new Error("at once");
          },
          slow: (own) => own.sleep("nap", "1h"),
        })
        .catch((error: unknown) => (error as Error).message),
    )
      .start()
      .play();
    expect(desk.result).toBe("at once");
  });

  test("aborts the signals of the losers' bodies, and what they come to does not count", async () => {
    const own = deferred<string>();
    const told: string[] = [];
    const desk = await new Desk(async ({ step }) => {
      const { winner } = await step.race({
        quick: (branch) => branch.run("quick", () => 1),
        slow: (branch) =>
          branch.run("slow", ({ signal }) => {
            signal.addEventListener("abort", () => told.push((signal.reason as Error).message));
            return own.promise;
          }),
      });
      own.resolve("late");
      await step.run("after", () => null);
      return winner;
    })
      .start()
      .play();
    expect(told).toEqual(["another branch won the race"]);
    expect(desk.result).toBe("quick");
    expect(desk.inputs.filter(({ type }) => type === "CompleteStep")).toHaveLength(2);
    expect(cancelled(desk)).toEqual(["slow#0"]);
  });

  test("lets a loser's code go no further, though what it waited for came in the same moment", async () => {
    const seen: string[] = [];
    const a = deferred<void>();
    const b = deferred<void>();
    const desk = new Desk(({ step }) =>
      step.race({
        a: (own) => own.run("a", () => a.promise).then(() => "a"),
        b: async (own) => {
          await own.run("b", () => b.promise);
          seen.push("b went on");
          await own.run("b after", () => seen.push("b after ran"));
        },
      }),
    ).start();
    await turns(2);
    a.resolve();
    b.resolve();
    await desk.play();
    expect(desk.result).toEqual({ winner: "a", value: "a" });
    expect(seen).toEqual([]);
  });

  test("cancels the children of losers", async () => {
    const desk = await new Desk(
      ({ step }) => step.race({ child: (own) => own.invoke("child", { function: "child" }), clock: (own) => own.sleep("a minute", "1m") }),
      { functions: { child: ({ step }) => step.sleep("nap", "1 day") } },
    )
      .start()
      .play();
    expect(desk.result).toEqual({ winner: "clock" });
    expect(desk.types).toContain("RunCancelled");
    expect(desk.state.runs.size).toBe(0);
  });

  test("of thousands of steps is recorded in parts", async () => {
    const desk = await new Desk(({ step }) =>
      step.race({
        all: (own) => Promise.all(Array.from({ length: 1_200 }, (_, n) => own.sleep(`${n}`.padEnd(200, "x"), "1 day"))),
        one: (own) => own.run("one", () => 1),
      }),
    )
      .start()
      .play();
    expect(cancelled(desk).length).toBe(1_200);
    const parts = desk.journal.flatMap((record) => (record.type === "StepsCancelled" ? [record.steps.join("").length] : []));
    expect(Math.max(...parts)).toBeLessThan(70_000);
    expect(desk.isOver).toBe(true);
  });

  test("may be within a race: what calls off a branch calls off the races in it", async () => {
    const desk = await new Desk(({ step }) =>
      step.race({
        inner: (own) => own.race({ x: (x) => x.sleep("x", "1 day"), y: (y) => y.sleep("y", "2 days") }),
        outer: (own) => own.sleep("outer", "1h"),
      }),
    )
      .start()
      .play();
    expect(desk.result).toEqual({ winner: "outer" });
    expect(cancelled(desk).toSorted()).toEqual(["x#0", "y#0"]);
  });

  test("needs a branch", async () => {
    const desk = await new Desk(({ step }) => step.race({})).start().play();
    expect(desk.result).toEqual({ failed: "step.race needs at least one branch" });
  });
});

describe("a race, when the function is called again,", () => {
  const handler: Handler = async ({ step }) => {
    const { winner } = await step.race({
      quick: (own) => own.run("quick", () => 1),
      slow: async (own) => {
        await own.sleep("nap", "1 day");
        return own.run("never", () => 2);
      },
    });
    return [winner, await step.run("after", () => 3)];
  };

  test("is won by who won it, whether its losers are recorded as cancelled", async () => {
    const recorded = [runsStarted(), sleepStarted("nap"), stepCompleted("quick")];
    const with_ = await new Desk(handler, { recorded: [...recorded, stepsCancelled("nap")] }).start().play();
    expect(with_.result).toEqual(["quick", 3]);
    expect(cancelled(with_)).toEqual(["nap#0"]);
  });

  test("or not yet, which then is recorded", async () => {
    const recorded = [runsStarted(), sleepStarted("nap"), stepCompleted("quick")];
    const without = await new Desk(handler, { recorded }).start().play();
    expect(without.result).toEqual(["quick", 3]);
    expect(cancelled(without)).toEqual(["nap#0"]);
    expect(without.types).not.toContain("SleepEnded");
  });

  test("accepts that a loser's step is not asked for again: its branch may have got further before", async () => {
    const recorded = [runsStarted(), stepCompleted("quick"), stepsCancelled("nap", "further")];
    expect((await new Desk(handler, { recorded }).start().play()).result).toEqual(["quick", 3]);
  });

  test("is not held up by a loser's step that came between the winner's and its being called off", async () => {
    let calls = 0;
    const both = deferred<number>();
    const raced: Handler = async ({ step }) => {
      const isFirst = ++calls === 1;
      const { winner } = await step.race({
        quick: (own) => own.run("quick", () => both.promise),
        slow: async (own) => {
          // Work of its own, which takes longer the next time.
          if (!isFirst) await new Promise(() => {});
          return own.run("slow", () => both.promise);
        },
      });
      await step.sleep("later", "1 day");
      return winner;
    };
    const desk = new Desk(raced).start();
    await turns(3);
    both.resolve(1);
    await desk.play({ stop: () => desk.types.includes("SleepStarted") });
    expect(desk.types).toEqual(["StepCompleted", "StepCompleted", "StepsCancelled", "SleepStarted"]);
    desk.crash();
    const next = await new Desk(raced, { recorded: desk.journal, now: desk.time }).play();
    expect(next.result).toBe("quick");
    expect(calls).toBe(2);
  });

  describe("and the owner died before the losers were recorded as called off,", () => {
    const busy =
      (then: Handler) =>
      async (context: FunctionContext): Promise<unknown> => {
        await context.step.race({ quick: (own) => own.run("quick", () => 1), slow: () => new Promise(() => {}) });
        return await then(context);
      };

    test.each<[string, Handler]>([
      ["returns", () => "over"],
      ["waits", ({ step }) => step.sleep("later", "1 day").then(() => "over")],
      ["does more", ({ step }) => step.run("more", () => "over")],
    ])("goes on where its code then %s, whatever a loser's further step came to", async (_what, then) => {
      for (const further of [stepCompleted("further"), sleepStarted("further")]) {
        const desk = new Desk(busy(then), { recorded: [runsStarted(), stepCompleted("quick"), further] }).start();
        await until("it is over", async () => (await desk.play()).isOver, 100);
        expect(desk.result).toBe("over");
        expect(desk.types).not.toContain("RunParked");
      }
    });

    test("answers from the record what another branch asks for late", async () => {
      const own = deferred<void>();
      let executed = 0;
      const late: Handler = ({ step }) =>
        Promise.all([
          busy(() => own.promise)({ step } as FunctionContext).then(() => step.run("late", () => ++executed)),
          step.run("other", () => 2),
        ]);
      const desk = new Desk(late, { recorded: [runsStarted(), stepCompleted("quick"), stepCompleted("late", "1")] }).start();
      await until("it went on without it", async () => (await desk.play()).types.length > 2, 100);
      own.resolve();
      await desk.play();
      expect(desk.result).toEqual([1, 2]);
      expect(executed).toBe(0);
    });
  });

  test("parks where the code has changed behind a race whose losers are recorded as called off", async () => {
    const recorded = [runsStarted(), sleepStarted("nap"), stepCompleted("quick"), stepsCancelled("nap"), stepCompleted("gone")];
    const desk = new Desk(handler, { recorded }).start();
    await until("it is parked", async () => (await desk.play()).run.status.status === "parked", 100);
    expect(desk.run.status).toMatchObject({ difference: 'step "gone#0" is recorded, but the code asks for "after#0" instead' });
  });

  test("parks where the code waits for a step that is recorded as called off", async () => {
    const other: Handler = ({ step }) => step.sleep("nap", "1 day");
    const desk = new Desk(other, { recorded: [runsStarted(), stepsCancelled("nap")] }).start();
    await until(
      "the run is parked",
      () => {
        desk.ack();
        return desk.run.status.status === "parked";
      },
      100_000,
    );
    expect(desk.run.status).toMatchObject({
      difference: 'step "nap#0" is recorded as called off with its branch, but the code still waits for it',
    });
  });
});

describe("step.all", () => {
  test("gives results in order, and runs so many tasks at a time", async () => {
    const gates = Array.from({ length: 5 }, () => deferred<void>());
    const running = new Set<number>();
    const most: number[] = [];
    const desk = new Desk(({ step }) =>
      step.all(
        gates.map(
          (gate, index) => (own) =>
            own.run(`task ${index}`, async () => {
              running.add(index);
              most.push(running.size);
              await gate.promise;
              running.delete(index);
              return index * 10;
            }),
        ),
        { concurrency: 2 },
      ),
    ).start();
    for (const index of [1, 0, 2, 4, 3]) {
      await turns(3);
      gates[index]?.resolve();
      for (let n = 0; n < 6; n++) {
        await turns(2);
        desk.ack();
      }
    }
    await desk.play();
    expect(desk.result).toEqual([0, 10, 20, 30, 40]);
    expect(Math.max(...most)).toBe(2);
  });

  test("throws the first failure, cancels what the others wait for, and begins no further task", async () => {
    const begun: number[] = [];
    const desk = await new Desk(({ step }) =>
      step
        .all(
          [0, 1, 2, 3].map((n) => async (own) => {
            begun.push(n);
            if (n === 1) await own.run({ id: "bad", retries: 0 }, () => Promise.reject(new Error("bad task")));
            await own.sleep(`nap ${n}`, "1 day");
          }),
          { concurrency: 2 },
        )
        .catch((error: unknown) => (error as Error).message),
    )
      .start()
      .play();
    expect(desk.result).toBe("bad task");
    expect(begun).toEqual([0, 1]);
    expect(cancelled(desk)).toEqual(["nap 0#0"]);
  });

  test("of no tasks is an empty list, and a concurrency that is none is refused", async () => {
    expect((await new Desk(({ step }) => step.all([])).start().play()).result).toEqual([]);
    for (const concurrency of [0, -1, 1.5, Number.NaN]) {
      const desk = await new Desk(({ step }) => step.all([() => 1], { concurrency })).start().play();
      expect(desk.result).toEqual({ failed: expect.stringMatching(/concurrency is a whole number/) as unknown });
    }
  });
});
