import { describe, expect, test } from "vitest";
import { Pace } from "../../../../engine/task/image/pace.ts";

describe("slices of images", () => {
  test("are made one after the other, in the order in which they were asked for, whoever wants them", async () => {
    const pace = new Pace();
    const made: number[] = [];
    const turns = [1, 2, 3].map((n) => pace.take(() => made.push(n)));
    expect(made).toEqual([]);
    expect(await Promise.all(turns)).toEqual([1, 2, 3]);
    expect(made).toEqual([1, 2, 3]);
  });

  test("that fail are told to whoever wanted them, and hold up nobody", async () => {
    const pace = new Pace();
    const failed = pace.take(() => {
      throw new Error("boom");
    });
    const next = pace.take(() => "made");
    await expect(failed).rejects.toThrow("boom");
    expect(await next).toBe("made");
  });

  test("that take their time leave as much to timers before the next", async () => {
    const pace = new Pace();
    let isTimerServed = false;
    setTimeout(() => (isTimerServed = true), 10);
    const long = pace.take(() => {
      for (const until = performance.now() + 30; performance.now() < until;);
      return isTimerServed;
    });
    const next = pace.take(() => isTimerServed);
    expect([await long, await next]).toEqual([false, true]);
  });
});
