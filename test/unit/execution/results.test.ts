import { describe, expect, test } from "vitest";
import { toJson } from "../../../engine/execution/json.ts";
import { Desk } from "../../support/desk.ts";

class Money {
  readonly amount = 1;
}

const circle: Record<string, unknown> = {};
circle["self"] = { circle };

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let n = 0; n < levels; n++) value = [value];
  return value;
}

const refused: readonly (readonly [string, unknown, RegExp])[] = [
  ["undefined in an array", [undefined], /but \[0\] is undefined inside an array\. Use null/],
  ["a BigInt", { id: 1n }, /but id is a BigInt\. Convert it/],
  ["NaN", { n: [1, Number.NaN] }, /but n\[1\] is NaN, which JSON has no word for/],
  ["Infinity", Number.POSITIVE_INFINITY, /but it is Infinity/],
  ["a function", { f: () => 1 }, /but f is a function/],
  ["a symbol", Symbol("s"), /but it is a symbol/],
  ["a cycle", circle, /but self\.circle contains itself/],
  ["a Map", { m: new Map() }, /but m is a Map, which would lose what it is/],
  ["a Set", new Set(), /but it is a Set/],
  ["a class of your own", [new Money()], /but \[0\] is a Money/],
  ["a class of your own without a name", new (class {})(), /which would lose what it is/],
  ["an object whose prototype has no constructor", Object.create(Object.create(null) as object), /which would lose what it is/],
  ["an error", new Error("e"), /but it is a Error/],
  ["a promise inside", { p: Promise.resolve(1) }, /but p is a Promise/],
  ["an invalid date", new Date(Number.NaN), /but it is an invalid Date/],
  ["what is nested too deep", deep(1_000), /nested deeper than 500 levels/],
];

describe("what JSON would lose is refused with the place and what to do", () => {
  test.each(refused)("%s", (_, value, problem) => {
    expect(() => toJson(value, "the result")).toThrow(problem);
  });
});

const kept: readonly (readonly [string, unknown, string | null])[] = [
  ["undefined", undefined, null],
  ["null", null, "null"],
  ["a text with half an emoji", "\ud83d", '"\\ud83d"'],
  ["properties that are undefined are left out", { a: undefined, b: 1 }, '{"b":1}'],
  ["a date is its ISO text", [new Date(0)], '["1970-01-01T00:00:00.000Z"]'],
  ["what has toJSON is what that returns", { url: new URL("http://a/") }, '{"url":"http://a/"}'],
  ["what has toJSON that returns nothing is nothing", { toJSON: () => undefined }, null],
  ["an object without a prototype", Object.assign(Object.create(null) as object, { a: 1 }), '{"a":1}'],
  ["the same object twice is no cycle", [{}, {}].map((_, __, all) => all[0]), "[{},{}]"],
  ["nested as deep as allowed", deep(499), `${"[".repeat(499)}1${"]".repeat(499)}`],
  ["zero below zero is zero", -0, "0"],
];

describe("what is recorded", () => {
  test.each(kept)("%s", (_, value, json) => {
    expect(toJson(value, "the result")).toBe(json);
  });
});

describe("a result that cannot be recorded fails its step at once, without another attempt", () => {
  test.each(refused)("%s", async (_, value, problem) => {
    const desk = await new Desk(({ step }) => step.run("a", () => value as object)).start().play();
    expect(desk.types).toEqual(["StepFailed", "RunFailed", "EmissionOwed"]);
    expect((desk.result as { failed: string }).failed).toMatch(problem);
  });

  test("a getter that throws", async () => {
    const value = Object.defineProperty({}, "x", {
      enumerable: true,
      get() {
        throw new Error("getter");
      },
    });
    const desk = await new Desk(({ step }) => step.run("a", () => value)).start().play();
    expect(desk.result).toEqual({ failed: "getter" });
  });

  test("5 MB of it (R15)", async () => {
    const desk = await new Desk(({ step }) => step.run("a", () => "x".repeat(5 * 1024 * 1024))).start().play();
    expect(desk.types[0]).toBe("StepFailed");
    expect((desk.result as { failed: string }).failed).toMatch(/the result of step "a" has 5242882 bytes of JSON; 1048576 may be recorded/);
  });

  test("5 MB returned by the function (R15)", async () => {
    const desk = await new Desk(() => "é".repeat(600 * 1024)).start().play();
    expect(desk.types).toEqual(["RunFailed", "EmissionOwed"]);
    expect((desk.result as { failed: string }).failed).toMatch(/what function "f" returns has 1228802 bytes/);
  });
});

test("1 MiB can be recorded", async () => {
  const desk = await new Desk(({ step }) => step.run("a", () => "x".repeat(1024 * 1024 - 2))).start().play();
  expect((desk.result as string).length).toBe(1024 * 1024 - 2);
});

test("a step's function gets what is recorded at once, not what the step returned", async () => {
  const desk = await new Desk(async ({ step }) => {
    const got = await step.run("a", () => ({ at: new Date(0), f: undefined }));
    return [typeof got.at, "f" in got];
  })
    .start()
    .play();
  expect(desk.result).toEqual(["string", false]);
});

describe("what a step is given is checked where it is written", () => {
  const cases: readonly (readonly [string, (context: Parameters<ConstructorParameters<typeof Desk>[0]>[0]) => unknown, RegExp])[] = [
    ["an empty id", ({ step }) => step.run("", () => 1), /a step's id is a text of 1 to 256 characters/],
    ["an id that is too long", ({ step }) => step.run("x".repeat(257), () => 1), /a step's id/],
    ["21 retries", ({ step }) => step.run({ id: "a", retries: 21 }, () => 1), /retries is a whole number from 0 to 20, not 21/],
    ["half a retry", ({ step }) => step.run({ id: "a", retries: 0.5 }, () => 1), /retries is a whole number/],
    ["a timeout that is none", ({ step }) => step.run({ id: "a", timeout: "soon" }, () => 1), /"soon" is not a duration/],
    ["a sleep that is none", ({ step }) => step.sleep("nap", "eternity"), /"eternity" is not a duration/],
    ["a sleep for longer than time", ({ step }) => step.sleep("nap", 1e300), /is not a duration/],
    ["a time that is none", ({ step }) => step.sleepUntil("nap", "tomorrow"), /"tomorrow" is not a time/],
  ];
  test.each(cases)("%s", async (_, handler, problem) => {
    const desk = await new Desk(async (context) => await handler(context), { retries: 0 }).start().play();
    expect((desk.result as { failed: string }).failed).toMatch(problem);
  });
});

test("an id with half an emoji is the same id in the journal, for steps and for sleeps", async () => {
  const desk = await new Desk(async ({ step }) => {
    await step.run("a\ud83d", () => 1);
    await step.sleep("b\ud83d", "1s");
  })
    .start()
    .play();
  const keys = desk.journal.flatMap((record) => ("step" in record ? [record.step] : []));
  expect(keys).toEqual(["a\ufffd#0", "b\ufffd#0", "b\ufffd#0"]);
});
