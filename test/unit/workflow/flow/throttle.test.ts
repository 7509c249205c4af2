import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ThrottleSpec } from "../../../../engine/workflow/flow/spec.ts";
import type { FlowCell } from "../../../../engine/workflow/flow/state.ts";
import { afterStart, countsAt, throttled } from "../../../../engine/workflow/flow/counts/throttle.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { rounds } from "../../../support/rounds.ts";

const spec: fc.Arbitrary<ThrottleSpec> = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(7, 997, 5_000)),
  periodMs: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(1_000, 60_000)),
  burst: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })),
});
/** How long after it could be the first, each start is made: often at once. */
const delays = fc.array(fc.oneof(fc.constant(0), fc.constant(0), fc.nat(3), fc.nat(400)), { minLength: 1, maxLength: 120, size: "max" });

/** Starts, each so long after it may be. */
function startsOf(throttle: ThrottleSpec, after: readonly number[]): readonly number[] {
  const starts: number[] = [];
  let cell: FlowCell | undefined;
  let now = T0;
  for (const delay of after) {
    now = Math.max(now, throttled(cell, throttle, now).at) + delay;
    expect(throttled(cell, throttle, now).at).toBeLessThanOrEqual(now);
    cell = afterStart(cell, throttle, now);
    starts.push(now);
  }
  return starts;
}

/** The most in any window of `windowMs`. */
function mostIn(starts: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, at] of starts.entries()) {
    while ((starts[first] ?? 0) <= at - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

describe("a throttle", () => {
  test("lets no more than limit + burst - 1 start in any window of its period", () => {
    fc.assert(
      fc.property(spec, delays, (throttle, after) => {
        expect(mostIn(startsOf(throttle, after), throttle.periodMs)).toBeLessThanOrEqual(throttle.limit + throttle.burst - 1);
      }),
      rounds(3_000),
    );
  });

  test("has the rate exactly while starts are wanted: the n-th is due n periods / limit later, rounded up to a millisecond", () => {
    fc.assert(
      fc.property(spec, (throttle) => {
        const starts = startsOf(throttle, new Array<number>(throttle.burst + 300).fill(0)).slice(throttle.burst);
        const expected = starts.map((_, n) => T0 + Math.ceil(((n + 1) * throttle.periodMs) / throttle.limit));
        expect(starts).toEqual(expected);
      }),
      rounds(300),
    );
  });

  test("of 7 a second starts 7,000 in 1,000 seconds", () => {
    const starts = startsOf({ limit: 7, periodMs: 1_000, burst: 1 }, new Array<number>(7_001).fill(0));
    expect(starts.at(-1)).toBe(T0 + 1_000_000);
    expect(mostIn(starts, 1_000)).toBe(7);
  });

  test("lets a burst start at once after a quiet time, and no more", () => {
    const throttle = { limit: 10, periodMs: 1_000, burst: 4 };
    expect(startsOf(throttle, [0, 0, 0, 0, 0, 0])).toEqual([T0, T0, T0, T0, T0 + 100, T0 + 200]);
    expect(startsOf(throttle, [0, 0, 0, 0, 5_000, 0, 0, 0, 0]).slice(5)).toEqual([T0 + 5_100, T0 + 5_100, T0 + 5_100, T0 + 5_200]);
  });

  test("does not care whether a cell that is over was forgotten", () => {
    fc.assert(
      fc.property(spec, delays, fc.nat(100), fc.nat(100), (throttle, after, late, waited) => {
        let cell: FlowCell | undefined;
        for (const at of startsOf(throttle, after)) cell = afterStart(cell, throttle, at);
        if (cell === undefined) throw new Error("something was started");
        const now = cell.until + late;
        // As it was: a cell of which nobody knows yet that it is over.
        const kept = { ...cell, until: Number.MAX_SAFE_INTEGER };
        const at = countsAt(undefined, throttle, now - waited, now);
        expect(throttled(kept, throttle, now).at).toBeLessThanOrEqual(now);
        expect(countsAt(kept, throttle, now - waited, now)).toBe(at);
        expect(afterStart(kept, throttle, at)).toEqual(afterStart(undefined, throttle, at));
      }),
      rounds(1_000),
    );
  });
});

describe("another rate in force", () => {
  const hourly = { limit: 1, periodMs: 3_600_000, burst: 1 };
  const cell = afterStart(undefined, hourly, T0);

  test("counts at once, as though it had been so since the last start", () => {
    expect(throttled(cell, hourly, T0).at).toBe(T0 + 3_600_000);
    expect(throttled(cell, { ...hourly, limit: 60 }, T0).at).toBe(T0 + 60_000);
    expect(throttled(cell, { ...hourly, periodMs: 1_000 }, T0).at).toBe(T0 + 1_000);
    expect(throttled(cell, { ...hourly, burst: 2 }, T0).at).toBe(T0);
    const fast = afterStart(undefined, { ...hourly, periodMs: 1_000 }, T0);
    expect(throttled(fast, hourly, T0 + 1).at).toBe(T0 + 3_600_000);
  });

  test("holds from the first start on that is made by it", () => {
    fc.assert(
      fc.property(spec, delays, spec, (before, after, throttle) => {
        let used: FlowCell | undefined;
        let now = T0;
        for (const at of startsOf(before, after)) used = afterStart(used, before, (now = at));
        const starts: number[] = [];
        for (let n = 0; n < 60; n++) {
          now = Math.max(now, throttled(used, throttle, now).at);
          used = afterStart(used, throttle, now);
          starts.push(now);
        }
        expect(mostIn(starts, throttle.periodMs)).toBeLessThanOrEqual(throttle.limit + throttle.burst - 1);
      }),
      rounds(500),
    );
  });
});

describe("starts that are late", () => {
  /** Starts that are wanted all the time, each so late. */
  function late(throttle: ThrottleSpec, by: readonly number[]): readonly number[] {
    const starts: number[] = [];
    let cell: FlowCell | undefined;
    let now = T0;
    for (const delay of by) {
      now = Math.max(now, throttled(cell, throttle, now).at + delay);
      cell = afterStart(cell, throttle, countsAt(cell, throttle, T0, now));
      starts.push(now);
    }
    return starts;
  }
  const fast = spec.filter(({ limit, periodMs }) => periodMs < 1_000 * limit);

  test("by 20 ms do not put off those that follow", () => {
    fc.assert(
      fc.property(fast, fc.array(fc.nat(20), { minLength: 1, maxLength: 200, size: "max" }), (throttle, by) => {
        const starts = late(throttle, by);
        const due = T0 + Math.ceil((Math.max(starts.length - throttle.burst, 0) * throttle.periodMs) / throttle.limit);
        expect(starts.at(-1)).toBeLessThanOrEqual(due + 20);
      }),
      rounds(500),
    );
  });

  test("by any time are no more in a period than limit + burst - 1, and those of 20 ms", () => {
    fc.assert(
      fc.property(spec, fc.array(fc.oneof(fc.nat(20), fc.nat(300)), { minLength: 1, maxLength: 200, size: "max" }), (throttle, by) => {
        const { limit, periodMs, burst } = throttle;
        const forgiven = periodMs < 1_000 * limit ? Math.ceil((20 * limit) / periodMs) : 0;
        expect(mostIn(late(throttle, by), periodMs)).toBeLessThanOrEqual(limit + burst - 1 + forgiven);
      }),
      rounds(1_000),
    );
  });

  test("are never closer than their rate where that is one a second or slower", () => {
    expect(late({ limit: 1, periodMs: 1_000, burst: 1 }, [0, 15, 0, 0])).toEqual([T0, T0 + 1_015, T0 + 2_015, T0 + 3_015]);
    expect(late({ limit: 2, periodMs: 1_000, burst: 1 }, [0, 15, 0, 0])).toEqual([T0, T0 + 515, T0 + 1_000, T0 + 1_500]);
  });
});
