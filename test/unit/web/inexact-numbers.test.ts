import fc from "fast-check";
import { expect, test } from "vitest";
import { inexactNumbers } from "../../../web/src/pages/send/inexact-numbers.ts";

test("whole numbers that lose a digit are named, wherever they stand; texts and fractions are not", () => {
  expect(
    inexactNumbers('{"a": 9007199254740993, "b": ["9007199254740993", {"c": -12345678901234567890123}], "d": 0.1, "e": true}'),
  ).toEqual(["9007199254740993", "-12345678901234567890123"]);
  expect(inexactNumbers("{")).toBeNull();
});

test("what is not named is the same when it was read and written again", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), (number) => {
      const isNamed = inexactNumbers(String(number))?.length === 1;
      expect(isNamed).toBe(BigInt(Number(number)) !== number);
    }),
  );
});
