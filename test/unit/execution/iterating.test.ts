// Long work in slices: what is recorded between them is where it goes on, and a resume is not a retry.
import { describe, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import type { Iteration, StepContext } from "../../../engine/execution/step-tools.ts";
import { stepKey } from "../../../engine/core/ids.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { deferred } from "../../support/deferred.ts";
import { Desk } from "../../support/desk.ts";
import { T0, turns } from "../../support/fake-clock.ts";
import { BOOM, RUN, runsStarted } from "../../support/records.ts";

function cursors(desk: Desk): readonly (string | null)[] {
  return desk.journal.flatMap((record) => (record.type === "IterationAdvanced" ? [record.cursor] : []));
}

const advanced = (cursor: string): JournalRecord => ({ type: "IterationAdvanced", run: RUN, step: stepKey("all", 0), cursor, began: T0 });

/** Counts up to `end`, and notes what it is called with. */
function counting(
  end: number,
  seen: unknown[],
  options: Partial<Pick<Iteration<number>, "everyItems" | "everyMs">> = {},
  slice: (cursor: number, context: StepContext) => void = () => {},
): Handler {
  return ({ step }) =>
    step.iterate("all", {
      from: 0,
      ...options,
      next: (cursor, context) => {
        seen.push(cursor);
        slice(cursor, context);
        return { cursor: cursor + 1, done: cursor + 1 === end };
      },
    });
}

describe("an iteration", () => {
  test("calls its code with the cursor that it returned last, records each, and returns the last", async () => {
    const seen: number[] = [];
    const desk = await new Desk(counting(3, seen)).start().play();
    expect(seen).toEqual([0, 1, 2]);
    expect(cursors(desk)).toEqual(["1", "2"]);
    expect(desk.types).toEqual(["IterationAdvanced", "IterationAdvanced", "StepCompleted", "RunCompleted"]);
    expect(desk.result).toBe(3);
  });

  test("begins no slice before the cursor is durable (R4)", async () => {
    const seen: number[] = [];
    const desk = new Desk(counting(3, seen)).start();
    await turns(20);
    expect(seen).toEqual([0]);
    desk.ack();
    await turns(20);
    expect(seen).toEqual([0, 1]);
  });

  test("goes on at the recorded cursor when the function is called again, and that is no attempt", async () => {
    const seen: number[] = [];
    const attempts: number[] = [];
    const handler = counting(5, seen, {}, (_, { attempt }) => attempts.push(attempt));
    const desk = await new Desk(handler, { recorded: [runsStarted(), advanced("3")] }).start().play();
    expect(seen).toEqual([3, 4]);
    expect(attempts).toEqual([0, 0]);
    expect(desk.result).toBe(5);
  });

  test("records the cursor every so many slices, where that is asked for, and its last", async () => {
    const seen: number[] = [];
    const desk = await new Desk(counting(7, seen, { everyItems: 3 })).start().play();
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(cursors(desk)).toEqual(["3", "6"]);
    expect(desk.result).toBe(7);
  });

  test("or every so many milliseconds by the log's clock", async () => {
    const seen: number[] = [];
    let desk: Desk | null = null;
    const handler = counting(6, seen, { everyMs: 1_000 }, () => {
      if (desk !== null) desk.time += 400;
    });
    desk = new Desk(handler);
    await desk.start().play();
    expect(cursors(desk)).toEqual(["3"]);
  });

  test("has for each slice a key of its own, which is the same on each attempt at it", async () => {
    const keys: string[] = [];
    const handler = counting(2, [], {}, (cursor, { idempotencyKey, attempt }) => {
      keys.push(idempotencyKey);
      if (cursor === 1 && attempt === 0) throw new Error("once");
    });
    await new Desk(handler).start().play();
    expect(keys).toHaveLength(3);
    expect(keys[0]).not.toBe(keys[1]);
    expect(keys[1]).toBe(keys[2]);
    expect(keys[0]).toMatch(new RegExp(`^${RUN}/all%230/[\\w-]{43}$`));
  });

  test("may use any JSON as its cursor, and undefined", async () => {
    const seen: unknown[] = [];
    const handler: Handler = ({ step }) =>
      step.iterate<{ page: number } | undefined>("all", {
        from: undefined,
        next: (cursor) => {
          seen.push(cursor);
          const page = (cursor?.page ?? 0) + 1;
          return { cursor: page === 3 ? undefined : { page }, done: page === 3 };
        },
      });
    const desk = await new Desk(handler).start().play();
    expect(seen).toEqual([undefined, { page: 1 }, { page: 2 }]);
    expect(desk.result).toBeUndefined();
  });
});

describe("a slice that fails", () => {
  test("is tried again at its cursor, with all its attempts after each progress, and fails the step when none is left", async () => {
    const seen: unknown[] = [];
    const failing = (every: (cursor: number, attempt: number) => boolean): Handler =>
      counting(3, seen, {}, (cursor, { attempt }) => {
        if (every(cursor, attempt)) throw new Error(`no ${cursor}`);
      });
    // Two retries: each of the three slices uses them up.
    const desk = await new Desk(failing((_, attempt) => attempt < 2)).start().play();
    expect(seen).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(desk.result).toBe(3);
    const never = await new Desk(failing((cursor) => cursor === 1)).start().play();
    expect(never.result).toEqual({ failed: "no 1" });
  });

  test("loses nothing that was done before it, though that was not recorded yet", async () => {
    const seen: unknown[] = [];
    const handler = counting(4, seen, { everyItems: 100 }, (cursor, { attempt }) => {
      if (cursor === 2 && attempt === 0) throw new Error("once");
    });
    const desk = await new Desk(handler).start().play();
    expect(seen).toEqual([0, 1, 2, 2, 3]);
    expect(desk.types).toEqual(["IterationAdvanced", "StepFailed", "StepCompleted", "RunCompleted"]);
  });

  test("is tried again at its cursor after a restart, too", async () => {
    const seen: number[] = [];
    const attempts: number[] = [];
    const recorded: readonly JournalRecord[] = [
      runsStarted(),
      advanced("3"),
      { type: "StepFailed", run: RUN, step: stepKey("all", 0), attempt: 1, error: BOOM, retryAt: T0 + 1_000, began: T0 },
    ];
    const desk = await new Desk(
      counting(5, seen, {}, (_, { attempt }) => attempts.push(attempt)),
      { recorded },
    )
      .start()
      .play();
    expect(seen).toEqual([3, 4]);
    expect(attempts).toEqual([2, 0]);
    expect(desk.result).toBe(5);
  });

  test("that takes too long has failed, and what it comes to later does not count", async () => {
    const late = deferred<{ cursor: number; done: boolean }>();
    const seen: number[] = [];
    const handler: Handler = ({ step }) =>
      step.iterate(
        { id: "all", timeout: 5, retries: 1 },
        {
          from: 0,
          next: (cursor, { attempt }) => {
            seen.push(cursor);
            return cursor === 0 && attempt === 0 ? late.promise : { cursor: cursor + 1, done: cursor === 3 };
          },
        },
      );
    const desk = new Desk(handler).start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    desk.ack();
    desk.passToNextTimer();
    late.resolve({ cursor: 99, done: true });
    await desk.play();
    expect(seen).toEqual([0, 0, 1, 2, 3]);
    expect(desk.result).toBe(4);
  });
});

describe("an owner that goes in good order", () => {
  test("lets the slice end, records where the next begins, and begins none", async () => {
    const gate = deferred<void>();
    const seen: number[] = [];
    const handler: Handler = ({ step }) =>
      step.iterate("all", {
        from: 0,
        everyItems: 1_000,
        next: async (cursor) => {
          seen.push(cursor);
          if (cursor === 2) await gate.promise;
          return { cursor: cursor + 1, done: cursor === 9 };
        },
      });
    const desk = new Desk(handler).start();
    await turns(20);
    expect(seen).toEqual([0, 1, 2]);
    const quiet = desk.invoker.quiesce(60_000);
    gate.resolve();
    await quiet;
    desk.ack();
    await turns(5);
    expect(seen).toEqual([0, 1, 2]);
    expect(cursors(desk)).toEqual(["3"]);
    const next = await new Desk(handler, { recorded: desk.journal.slice() }).start().play();
    expect(next.result).toBe(10);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("records where the next slice begins though it is between two that return at once", async () => {
    const seen: number[] = [];
    const desk = new Desk(counting(1_000_000, seen, { everyItems: 1_000_000 })).start();
    await turns(10);
    await desk.invoker.quiesce(60_000);
    desk.ack();
    expect(cursors(desk)).toEqual([String(seen.length)]);
    expect(desk.invoker.executing).toBe(0);
  });
});

describe("an iteration is refused, at once, for", () => {
  const next = (): unknown => ({ cursor: 1, done: true });
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ["no next", { from: 0 }, /it needs a function `next`/],
    ["a slice that is none", { from: 0, next: () => 7 }, /`next` returns \{ cursor, done \}/],
    ["a slice that does not say whether it is the last", { from: 0, next: () => ({ cursor: 1 }) }, /`next` returns \{ cursor, done \}/],
    ["a first cursor that is no JSON", { from: 1n, next }, /the first cursor of step "all" must be JSON/],
    ["a cursor that is no JSON", { from: 0, next: () => ({ cursor: 1n, done: false }) }, /the cursor of step "all" must be JSON/],
    ["a cursor that is large", { from: 0, next: () => ({ cursor: "x".repeat(70_000), done: false }) }, /65536 may be recorded/],
    ["a number of slices that is none", { from: 0, next, everyItems: 0 }, /everyItems is a number from 1 on/],
    ["a time that is none", { from: 0, next, everyMs: Number.NaN }, /everyMs is a number from 1 on/],
  ];
  test.each(cases)("%s", async (_, iteration, message) => {
    const desk = await new Desk(({ step }) => step.iterate("all", iteration as Iteration<number>)).start().play();
    expect(desk.result).toEqual({ failed: expect.stringMatching(message) as unknown });
    expect(desk.types.filter((type) => type === "StepFailed").length).toBeLessThan(2);
  });
});

test("a race that an iteration loses stops it between slices", async () => {
  const seen: number[] = [];
  const desk = await new Desk(async ({ step }) => {
    const { winner } = await step.race({
      all: (own) => own.iterate("all", { from: 0, next: (cursor) => ({ cursor: seen.push(cursor), done: false }) }),
      quick: async (own) => {
        await own.run("a", () => 1);
        await own.run("b", () => 2);
      },
    });
    return winner;
  })
    .start()
    .play();
  expect(desk.result).toBe("quick");
  expect(seen.length).toBeLessThan(10);
});
