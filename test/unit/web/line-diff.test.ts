import fc from "fast-check";
import { expect, test } from "vitest";

import { diffLines, linesOf } from "../../../web/src/pages/replays/line-diff.ts";

test("lines that are the same stand next to each other, whatever came in between", () => {
  expect(diffLines(["a", "b", "c"], ["a", "x", "y", "c"])).toEqual([
    { kind: "same", left: "a", right: "a" },
    { kind: "changed", left: "b", right: "x" },
    { kind: "added", left: null, right: "y" },
    { kind: "same", left: "c", right: "c" },
  ]);
});

test("the order of names in an object is no difference; a text that was cut is shown as it is", () => {
  expect(linesOf('{"b":1,"a":{"d":2,"c":3}}')).toEqual(linesOf('{"a":{"c":3,"d":2},"b":1}'));
  expect(linesOf('{"a":"cut…')).toEqual(['{"a":"cut…']);
});

test("each side can be read off the rows, and what both have in common is as long as can be", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 8 });
  fc.assert(
    fc.property(lines, lines, (left, right) => {
      const rows = diffLines(left, right);
      expect(rows.flatMap((row) => (row.left === null ? [] : [row.left]))).toEqual(left);
      expect(rows.flatMap((row) => (row.right === null ? [] : [row.right]))).toEqual(right);
      expect(rows.filter(({ kind }) => kind === "same")).toHaveLength(longestCommon(left, right));
    }),
  );
});

/** By trying: short lists allow it. */
function longestCommon(left: readonly string[], right: readonly string[]): number {
  const [a, ...others] = left;
  if (a === undefined || right.length === 0) return 0;
  const at = right.indexOf(a);
  const without = longestCommon(others, right);
  return at < 0 ? without : Math.max(without, 1 + longestCommon(others, right.slice(at + 1)));
}
