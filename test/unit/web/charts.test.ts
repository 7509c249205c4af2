import fc from "fast-check";
import { expect, test } from "vitest";
import { place, shortNumber, ticksTo } from "../../../web/src/charts/scale.ts";

test("ticks begin at zero, are whole and evenly spread, and the last is not below what is shown", () => {
  fc.assert(
    fc.property(fc.nat(), (max) => {
      const ticks = ticksTo(max);
      expect(ticks[0]).toBe(0);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(max);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(7);
      expect(ticks.every(Number.isInteger)).toBe(true);
      expect(new Set(ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? 0))).size).toBe(1);
    }),
  );
});

test.each([
  [999, "999"],
  [1_000, "1k"],
  [1_250, "1.3k"],
  [12_500, "13k"],
  [2_000_000, "2M"],
])("%d is written as %s", (value, text) => {
  expect(shortNumber(value)).toBe(text);
});

test("a value has its place between two ends, and one that has no span stands at the beginning", () => {
  expect(place(5, 0, 10, 100, 200)).toBe(150);
  expect(place(10, 0, 10, 160, 8)).toBe(8);
  expect(place(3, 3, 3, 44, 600)).toBe(44);
});
