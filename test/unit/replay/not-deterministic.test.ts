import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { otherAmbient, plainAmbient, replaceAmbient, within } from "../../../engine/replay/dry-run/ambient.ts";
import { past, type Code } from "./past-app.ts";

describe("code that differs from itself is told of, and not taken for changed", () => {
  test.each<readonly [string, string, Code]>([
    ["the year", "null", () => new Date().getFullYear()],
    ["the day of the week", "null", () => new Date(Date.now()).getDay()],
    ["chance, however small", "null", () => Math.random() < 0.001 || Math.random() > 0.999 || Math.random()],
    ["an id", "null", () => randomUUID()],
    ["the step that it asks for", "b", ({ step }) => step.run("a", () => 0).then(() => step.run(Math.random() < 0.5 ? "b" : "c", () => 0))],
    ["what it sends", "tell#0", ({ step }) => step.sendEvent("tell", { name: "told", data: { at: Date.now() } })],
    ["what a step that is said to be pure comes to", "p#0", ({ step }) => step.run({ id: "p", pure: true }, () => Date.now())],
  ])("%s", async (_, place, code) => {
    await using app = await past(code);
    const { runs, counts } = await app.dryRun(code);
    expect(counts["not-deterministic"]).toBe(1);
    expect(String(runs[0]?.step)).toMatch(new RegExp(`^(${place}|c)`));
  });

  test("in steps both are allowed: what is recorded is what counts", async () => {
    const code: Code = ({ step }) => step.run("a", () => [Date.now(), Math.random()]);
    await using app = await past(code);
    expect(await app.difference(code)).toBe("same");
  });

  test("a clock that is looked at in vain does no harm", async () => {
    const code: Code = ({ step }) => step.run("a", () => 1).then((one) => (Date.now() > 0 ? one : 0));
    await using app = await past(code);
    expect(await app.difference(code)).toBe("same");
  });
});

describe("the clock and the chance of a call", () => {
  test("are its own, and all others' are as they were", async () => {
    const real = Date;
    const giveBack = replaceAmbient();
    const year = async (): Promise<number> => {
      await new Promise((resolve) => setImmediate(resolve));
      return new Date().getFullYear();
    };
    const years = await Promise.all([within(plainAmbient("a"), year), within(otherAmbient("a"), year), year()]);
    const now = new real().getFullYear();
    expect(years[0]).toBe(now);
    expect(years[1]).toBeGreaterThan(now);
    expect(years[2]).toBe(now);
    giveBack();
    expect(Date).toBe(real);
  });

  test("dates are dates in every way", () => {
    const giveBack = replaceAmbient();
    try {
      within(otherAmbient("a"), () => {
        expect(new Date(0)).toBeInstanceOf(Date);
        expect(new Date("2026-01-01T00:00Z").toISOString()).toBe("2026-01-01T00:00:00.000Z");
        expect(new Date(2026, 0, 1).getMonth()).toBe(0);
        expect(Date.UTC(2026, 0, 1)).toBe(Date.parse("2026-01-01"));
        expect(typeof Date()).toBe("string");
        class Day extends Date {}
        expect(new Day(0)).toBeInstanceOf(Day);
        expect(Object.prototype.toString.call(new Date())).toBe("[object Date]");
      });
    } finally {
      giveBack();
    }
  });

  test("dice fall the same for the same run, and the other way round in the other call", () => {
    const throws = (random: () => number): readonly number[] => Array.from({ length: 100 }, () => random());
    const [one, again, other] = [plainAmbient("run 1"), plainAmbient("run 1"), otherAmbient("run 1")].map(({ random }) => throws(random));
    expect(again).toEqual(one);
    for (const [index, value] of (other ?? []).entries()) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
      expect(value + (one?.[index] ?? 0)).toBeCloseTo(1, 6);
    }
  });

  test("two that need them at once give them back when both are done", () => {
    const real = Date;
    const [one, two] = [replaceAmbient(), replaceAmbient()];
    one();
    one();
    expect(Date).not.toBe(real);
    two();
    expect(Date).toBe(real);
  });
});
