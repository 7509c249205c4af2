import fc from "fast-check";
import { expect, test } from "vitest";
import { indentedJson, inexactNumbers } from "../../../web/src/text/json-text.ts";

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

test("what people get to edit has the digits, the order and the keys that were there, twice or not", () => {
  expect(indentedJson('{"id":9007199254740993,"b":[1.0,[],{}],"2":"é\\u202e","1":null,"2":1e2}')).toBe(
    `{
  "id": 9007199254740993,
  "b": [
    1.0,
    [],
    {}
  ],
  "2": "é\u202e",
  "1": null,
  "2": 1e2
}`,
  );
  expect(indentedJson("<xml/>")).toBe("<xml/>");
});

test("it means the same as before", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(indentedJson(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
