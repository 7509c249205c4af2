import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonTree, type JsonTree } from "../../../web/src/text/json-tree.ts";

function valueOf(tree: JsonTree): unknown {
  switch (tree.kind) {
    case "object":
      // As JSON.parse does it: `__proto__` is a key like any other.
      return Object.fromEntries(tree.entries.map(({ key, value }) => [key, valueOf(value)]));
    case "array":
      return tree.items.map(valueOf);
    case "string":
      return tree.text;
    case "word":
      return JSON.parse(tree.text);
  }
}

test("whatever is JSON becomes a tree of the same value, however it is spaced", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2, "\t"), (value, space) => {
      const text = JSON.stringify(value, null, space);
      const tree = jsonTree(text);
      expect(tree === null ? "no tree" : valueOf(tree)).toEqual(JSON.parse(text));
    }),
  );
});

test("whatever JSON.parse refuses is no tree", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:1-.eE tru\\n\u0001'.split("")) }), (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      expect(jsonTree(text) !== null).toBe(isJson);
    }),
    { numRuns: 2_000 },
  );
});

test("numbers keep all their digits, and keys that come twice are shown twice", () => {
  expect(jsonTree('{"n":12345678901234567890.10,"n":1e400}')).toEqual({
    kind: "object",
    entries: [
      { key: "n", value: { kind: "word", text: "12345678901234567890.10" } },
      { key: "n", value: { kind: "word", text: "1e400" } },
    ],
  });
});

test("a payload that is nested without end, or is one huge text, does no harm", () => {
  expect(jsonTree("[".repeat(100_000) + "]".repeat(100_000))).toBeNull();
  expect(jsonTree(JSON.stringify('\\"'.repeat(500_000)))?.kind).toBe("string");
});
