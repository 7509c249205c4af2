// Names that nobody reads are told of, and values are shown shortly.
import { describe, expect, test } from "vitest";
import { durationMs } from "../../../engine/core/duration.ts";
import { unknownOption } from "../../../engine/core/known-options.ts";
import { shown } from "../../../engine/core/shown.ts";

const KNOWN = ["event", "match", "if", "timeout"];

test("options that are all known are no problem, nor is it that some are missing", () => {
  expect(unknownOption({ event: "a", if: "true" }, KNOWN)).toBeNull();
  expect(unknownOption({}, KNOWN)).toBeNull();
});

test.each([
  ["iff", "did you mean if?"],
  ["mach", "did you mean match?"],
  ["timeOut", "did you mean timeout?"],
  ["timeouts", "did you mean timeout?"],
  ["concurrency", "there are event, match, if, timeout"],
  ["x", "there are event, match, if, timeout"],
])("the unknown option %s is told of with what there is: %s", (name, advice) => {
  expect(unknownOption({ event: "a", [name]: 1 }, KNOWN, "it")).toBe(`it has an unknown option "${name}": ${advice}`);
});

test.each([[undefined], [null], ["a"], [["a"]], [5]])("%j is no object with options", (given) => {
  expect(unknownOption(given, KNOWN)).toContain(`takes an object with event, match, if, timeout, not ${shown(given)}`);
});

describe("a value in a message", () => {
  test("is one line, and a long text is cut at 50 characters", () => {
    expect(shown("a\nb")).toBe(String.raw`"a\nb"`);
    expect(shown("x".repeat(5_000))).toBe(`"${"x".repeat(50)}…"`);
    expect([Infinity, undefined, null, 1n, {}, [], () => 1, Promise.resolve()].map((value) => shown(value))).toEqual([
      "Infinity",
      "undefined",
      "null",
      "1",
      "an object",
      "a list",
      "a function",
      "a promise",
    ]);
  });

  test.each<[unknown, string]>([
    [Infinity, "Infinity is not a duration"],
    [Number.NaN, "NaN is not a duration"],
    [undefined, "undefined is not a duration"],
    [{}, "an object is not a duration"],
  ])("is what a duration was given: %s", (given, problem) => {
    expect(() => durationMs(given as number)).toThrow(expect.objectContaining({ code: "INVALID_DURATION" }));
    expect(() => durationMs(given as number)).toThrow(problem);
  });
});
