import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { durationMs, type Duration } from "../../../engine/core/duration.ts";
import { deriveRunId, parseRunId, stepId, stepKey } from "../../../engine/core/ids.ts";
import { T0 } from "../../support/fake-clock.ts";
import { rounds } from "../../support/rounds.ts";

describe("a duration is what people write", () => {
  const cases: readonly (readonly [Duration, number])[] = [
    [0, 0],
    [1.4, 1],
    ["90s", 90_000],
    ["1 day", 86_400_000],
    ["2 weeks", 1_209_600_000],
    ["1h 30m", 5_400_000],
    ["1h30m", 5_400_000],
    [" 1.5 Hours ", 5_400_000],
    ["250 ms", 250],
    ["5 mins", 300_000],
  ];
  test.each(cases)("%j is %d ms", (duration, ms) => {
    expect(durationMs(duration)).toBe(ms);
  });

  test.each([
    "",
    " ",
    "1",
    "day",
    "1 fortnight",
    "1 day ago",
    "-1 day",
    "1e3s",
    "1 day,",
    Number.NaN,
    -1,
    Infinity,
    1e300,
    "99999999 weeks",
  ])("%j is none", (duration) => {
    expect(() => durationMs(duration)).toThrow(expect.objectContaining({ code: "INVALID_DURATION" }));
  });

  test("whatever is one can be added to a time and be recorded", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 4e14, noNaN: true }), (ms) => {
        let whole = 0;
        try {
          whole = durationMs(ms);
        } catch {
          return;
        }
        expect(Number.isSafeInteger(T0 + whole)).toBe(true);
      }),
      rounds(200),
    );
  });
});

describe("a run's id (R10)", () => {
  test("is a ULID of the trigger's time, the same for the same trigger", () => {
    const id = deriveRunId(T0, 3, "f", "app.events-3-778");
    expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    expect(deriveRunId(T0, 3, "f", "app.events-3-778")).toBe(id);
    expect(parseRunId(id)).toBe(id);
  });

  test("differs by function, source, partition and time", () => {
    const ids = [
      deriveRunId(T0, 3, "f", "s"),
      deriveRunId(T0, 3, "g", "s"),
      deriveRunId(T0, 3, "f", "t"),
      deriveRunId(T0, 4, "f", "s"),
      deriveRunId(T0 + 1, 3, "f", "s"),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("sorts by time, and takes times that are out of bounds for the nearest that is not", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 44), fc.nat(2 ** 44), (one, other) => {
        const [earlier, later] = [Math.min(one, other), Math.max(one, other)];
        expect(deriveRunId(earlier, 0, "f", "s") <= deriveRunId(later, 0, "f", "s")).toBe(true);
      }),
      rounds(100),
    );
    expect(deriveRunId(-5, 0, "f", "s")).toBe(deriveRunId(0, 0, "f", "s"));
    expect(deriveRunId(2 ** 52, 0, "f", "s")).toBe(deriveRunId(2 ** 48 - 1, 0, "f", "s"));
  });

  test.each(["", "x", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "01KDVDNA00000ARA1D336SNKG", "01kdvdna00000ara1d336snkgt"])("is not %j", (text) => {
    expect(parseRunId(text)).toBeNull();
  });
});

test("a step's key holds its id, whatever is in it, and never meets another's", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(20), fc.nat(20), (one, other, n, m) => {
      expect(stepId(stepKey(one, n))).toBe(one);
      expect(stepKey(one, n) === stepKey(other, m)).toBe(one === other && n === m);
    }),
    rounds(200),
  );
});
