import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MillraceError } from "../../../../engine/core/errors.ts";
import { partitionOfKey } from "../../../../engine/core/murmur2.ts";
import { asItIs, factsOf, type EventFacts } from "../../../../engine/workflow/expression/event-facts.ts";
import { parsePath, pathText, valueAt } from "../../../../engine/workflow/expression/path.ts";
import { textOf, valueOf } from "../../../../engine/workflow/expression/value.ts";
import { rounds } from "../../../support/rounds.ts";
import { eventOf } from "./events.ts";

describe("a path", () => {
  test.each([
    ["data", ["data"]],
    ["key", ["key"]],
    ["data.userId", ["data", "userId"]],
    ["data.user.id", ["data", "user", "id"]],
    ['data["user-id"].x', ["data", "user-id", "x"]],
    ["data['user-id']", ["data", "user-id"]],
    ['data["a\\"b"]["\\u00e9"]', ["data", 'a"b', "é"]],
  ])("%s is names from the event inwards", (text, names) => {
    expect(parsePath(text)).toEqual(names);
  });

  test.each([
    "",
    "user.id",
    "data.",
    "data..x",
    ".data",
    "data x",
    "data.user-id",
    "data.items[0]",
    'data["\\x"]',
    "data[",
    "data[x]",
    "Data",
  ])("%o is none, and the message shows where", (text) => {
    expect(() => parsePath(text)).toThrow(expect.objectContaining({ code: "INVALID_EXPRESSION", family: "configuration" }));
    expect(() => parsePath(text)).toThrow(/\^/);
  });

  test("is written in one way, whatever way it was read in", () => {
    expect(pathText(parsePath('data["userId"]["user-id"]'))).toBe('data.userId["user-id"]');
    const names = fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("__proto__", "a", "a.b", '"', "\\", "")), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(names, (inner) => {
        const path = ["data", ...inner];
        expect(parsePath(pathText(path))).toEqual(path);
      }),
      rounds(300),
    );
  });
});

describe("the value at a path", () => {
  const at = (data: unknown, path = "data.x"): string | null => valueAt(eventOf(data), parsePath(path));

  test("keeps a string and a number apart, which go to the partition of the same text", () => {
    expect(at({ x: "1" })).not.toBe(at({ x: 1 }));
    expect(at({ x: "true" })).not.toBe(at({ x: true }));
    expect(textOf(valueOf("1"))).toBe(textOf(valueOf(1)));
  });

  test("goes to the partition that Kafka's partitioner gives to a key of the same text, so that there is no hop", () => {
    const key = "user-ä";
    expect(partitionOfKey(Buffer.from(textOf(at({ x: key }) ?? "")), 8)).toBe(partitionOfKey(Buffer.from(key), 8));
  });

  test("is one for equal numbers, however they were written", () => {
    expect(at({ x: 1 })).toBe("n:1");
    expect(valueAt(textEvent('{"x":1.0}'), ["data", "x"])).toBe("n:1");
    expect(valueAt(textEvent('{"x":100e-2}'), ["data", "x"])).toBe("n:1");
    expect(valueAt(textEvent('{"x":-0}'), ["data", "x"])).toBe("n:0");
    expect(at({ x: 2 ** 53 })).toBe("n:9007199254740992");
  });

  test.each([null, {}, [], ["a"], { y: 1 }])("is none for %j, which matches nothing", (x) => {
    expect(at({ x })).toBeNull();
  });

  test("is none where the path leads nowhere, or through a list or a string", () => {
    expect(at({})).toBeNull();
    expect(at(null)).toBeNull();
    expect(at({ x: "abc" }, "data.x.length")).toBeNull();
    expect(at({ x: ["abc"] }, 'data.x["0"]')).toBeNull();
    expect(at({ x: ["abc"] }, "data.x.length")).toBeNull();
  });

  test("is none for what the journal would not give back: a number past all doubles, a string that is no Unicode, a very long one", () => {
    expect(valueAt(textEvent('{"x":1e999}'), ["data", "x"])).toBeNull();
    expect(valueAt(textEvent('{"x":"\\ud800"}'), ["data", "x"])).toBeNull();
    expect(at({ x: "a".repeat(1_024) })).not.toBeNull();
    expect(at({ x: "a".repeat(1_025) })).toBeNull();
  });

  test.each(["constructor", "toString", "__proto__", "hasOwnProperty"])("sees %s only where data has it", (name) => {
    expect(valueAt(eventOf({}), ["data", name, "name"])).toBeNull();
    expect(valueAt(eventOf({}), ["data", name])).toBeNull();
    expect(valueAt(textEvent(`{"${name}":"mine"}`), ["data", name])).toBe("s:mine");
  });

  test("may be a field of the event itself", () => {
    const event = eventOf({}, { name: "a/b", id: "i", time: 5, key: "k" });
    expect(["name", "id", "time", "key"].map((field) => valueAt(event, [field]))).toEqual(["s:a/b", "s:i", "n:5", "s:k"]);
    expect(valueAt(eventOf("whole"), ["data"])).toBe("s:whole");
  });
});

test("data is parsed when it is first looked at, and once", () => {
  const event = textEvent("{ no JSON");
  expect(valueAt(event, ["id"])).toBe("s:1");
  expect(() => valueAt(event, ["data"])).toThrow(SyntaxError);
  const parsed = textEvent('{"a":{}}');
  expect(parsed.data).toBe(parsed.data);
});

test("a message of the sort that is shown to people", () => {
  const message = ((): string => {
    try {
      parsePath("data.user-id");
      return "";
    } catch (error) {
      return error instanceof MillraceError ? error.message : "";
    }
  })();
  expect(message).toBe(
    [
      "this expression cannot be used: this is no part of a path",
      "",
      "  data.user-id",
      "           ^",
      "",
      `Write the place of the value in the event, such as data.userId or data["user-id"]. Places in lists cannot be compared.`,
    ].join("\n"),
  );
});

function textEvent(data: string): EventFacts {
  return factsOf({ id: "1", name: "a", time: 0, key: null, data }, asItIs);
}
