// Keys tell runs apart: whatever an event holds, what is different gets another value, and what is no value gets none.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MillraceError } from "../../../../engine/core/errors.ts";
import { canonicalKey, checkKey, checkNumber, keyValue, numberOf, placesIn } from "../../../../engine/workflow/expression/key.ts";
import { eventOf } from "./events.ts";

function messageOf(check: (text: string) => void, text: string): string {
  try {
    check(text);
    return "";
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    expect(error.code).toBe("INVALID_EXPRESSION");
    return error.message;
  }
}

describe("one way of writing a key", () => {
  test.each<[string, readonly string[]]>([
    ["event.data.k", [" event.data.k ", 'event.data["k"]', "event['data'].k", "(event.data.k)", "event . data . k"]],
    ['event.data["a-b"].c', ["event.data['a-b'][\"c\"]"]],
    ['"ai"', ["'ai'", ' "ai"', '"\\u0061i"', 'r"ai"', '"""ai"""']],
    ['event.data.a + "/" + event.data.b', [`event.data["a"]+'/'+event.data.b`, '((event.data.a + "/") + event.data.b)']],
    ["event.data.a - (event.data.b - event.data.c)", ["event.data.a-(event.data.b-event.data.c)"]],
    ["event.data.a - event.data.b - event.data.c", ["(event.data.a-event.data.b)-event.data.c"]],
    ['has(event.data.a) ? event.data.a : "none"', [`has( event.data.a )?event.data.a:'none'`]],
    ["event.data.list.exists(x, x == (-1))", ["event.data.list.exists(x,x==-1)"]],
    ["event.data.email.lowerAscii()", ['event.data["email"].lowerAscii( )']],
    ['event.data["in"]', ["event.data['in']"]],
    ["event.data.tags[0]", ["event.data.tags[ 0 ]"]],
    ["!(event.data.a && event.data.b)", ["! ( event.data.a&&event.data.b )"]],
    ["(event.data.a || event.data.b) && event.data.c", ["(event.data.a||event.data.b)&&event.data.c"]],
    ['"\\"\\\\\\n\\u0001ü"', [`'"\\\\\\n\\u0001ü'`]],
  ])("%s", (written, others) => {
    for (const text of [written, ...others]) expect(canonicalKey(text)).toBe(written);
  });

  test("has the same value for every event, and is written as itself", () => {
    const leaf = fc.constantFrom("event.data.a", 'event.data["b"]', "2", "3.5", "-1", "size(event.data.l)", "(7)");
    const tree = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.tuple(tie("node"), fc.constantFrom("+", "-", "*", "/", " - "), tie("node")).map(([a, op, b]) => `(${a})${op}(${b})`),
        fc.tuple(tie("node"), tie("node"), tie("node")).map(([a, b, c]) => `(${a})<(${b})?(${b}):(${c})`),
        tie("node").map((a) => `-(${a})`),
      ),
    })).node;
    const event = eventOf({ a: 11.5, b: 4.25, l: [1, 2] });
    fc.assert(
      fc.property(tree, (text) => {
        fc.pre(text.length <= 2_000 && messageOf(checkKey, text) === "");
        const written = canonicalKey(text);
        expect(keyValue(written, event)).toBe(keyValue(text, event));
        expect(canonicalKey(written)).toBe(written);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the value of a key", () => {
  test.each<[string, unknown, string]>([
    ["event.data.userId", { userId: "u1" }, "s:u1"],
    ["event.data.userId", { userId: 7 }, "n:7"],
    ["event.data.userId", { userId: "7" }, "s:7"],
    ["event.data.userId", { userId: false }, "b:false"],
    ["event.data.userId", { userId: "" }, "s:"],
    ["event.data.userId", { userId: -0 }, "n:0"],
    ['event.data["user-id"].no', { "user-id": { no: 1.5 } }, "n:1.5"],
    ["event.data.tags[0]", { tags: ["a"] }, "s:a"],
    ["event.name", {}, "s:order/placed"],
    ['event.data.a + "/" + string(event.data.b)', { a: "x", b: 2 }, "s:x/2"],
    ["event.data.total > 100.0", { total: 101 }, "b:true"],
    ["size(event.data.items)", { items: [1, 2] }, "n:2"],
    ["event.data.email.lowerAscii()", { email: "A@B.C" }, "s:a@b.c"],
    ['"crm"', {}, "s:crm"],
  ])("%s of %j is %s", (text, data, value) => {
    expect(keyValue(text, eventOf(data))).toBe(value);
  });

  test.each<[string, unknown]>([
    ["event.data.userId", {}],
    ["event.data.userId", null],
    ["event.data.userId", "a text"],
    ["event.data.userId", { userId: null }],
    ["event.data.userId", { userId: {} }],
    ["event.data.userId", { userId: ["u1"] }],
    ["event.data.userId.no", { userId: "u1" }],
    ["event.data.__proto__", {}],
    ["event.data.toString", {}],
    ["event.key", {}],
    ['event.data.a + "/" + event.data.b', { a: "x" }],
    ['event.data.a + "/"', { a: 1 }],
    ["event.data.a / 0.0", { a: 1 }],
  ])("%s of %j is empty: there is none", (text, data) => {
    expect(keyValue(text, eventOf(data))).toBe("");
  });

  test("a number past the range of doubles is none, as it would not come back the same", () => {
    expect(keyValue("event.data", { ...eventOf(null), data: Infinity })).toBe("");
  });

  test("texts that are long, or no Unicode, are short and still keep apart", () => {
    const long = "x".repeat(1_500);
    const texts = [`${long}a`, `${long}b`, "\ud800", "\ud801", `${"x".repeat(63)}\ud83d\ude00${long}`, "\ufffd"];
    const values = texts.map((id) => keyValue("event.data.id", { ...eventOf(null), data: { id } }));
    expect(new Set(values).size).toBe(texts.length);
    for (const value of values) {
      expect(value.isWellFormed()).toBe(true);
      expect(value.length).toBeLessThan(120);
    }
    expect(keyValue("event.data.id + event.data.id", eventOf({ id: long }))).toMatch(/^s:x{64}….{43}$/);
    expect(keyValue("event.data.id", eventOf({ id: "x".repeat(1_024) }))).toBe(`s:${"x".repeat(1_024)}`);
  });

  test("a place that is read without the library has the same value as with it, whatever the data", () => {
    const names = fc.array(fc.constantFrom("a", "b", "__proto__", "length"), { maxLength: 3 });
    const leaf = fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.constantFrom("\ud800", "x".repeat(1_030)),
      fc.constantFrom<unknown>(0, -0, 1.5, 1e300, true, false, null, {}, ["a"], { a: "b" }),
    );
    fc.assert(
      fc.property(names, names, leaf, (asked, there, value) => {
        const text = `event.data${asked.map((name) => `[${JSON.stringify(name)}]`).join("")}`;
        const event = eventOf(JSON.parse(there.reduceRight((json, name) => `{${JSON.stringify(name)}:${json}}`, JSON.stringify(value))));
        expect(keyValue(text, event)).toBe(keyValue(`dyn(${text})`, event));
      }),
      { numRuns: 2_000 },
    );
  });

  test("a thousand keys and more are remembered no longer than there is room, and mean the same after that", () => {
    for (let index = 0; index < 1_100; index++)
      expect(keyValue(`event.data.a${index}`, eventOf({ [`a${index}`]: index }))).toBe(`n:${index}`);
    expect(keyValue("event.data.a0", eventOf({ a0: "again" }))).toBe("s:again");
  });
});

describe("a number", () => {
  test.each<[string, unknown, number | null]>([
    ["event.data.rank", { rank: 7 }, 7],
    ["event.data.rank * 2", { rank: 7 }, 14],
    ['event.data.plan == "pro" ? 120 : 0', { plan: "pro" }, 120],
    ["-600", {}, -600],
    ["event.data.rank", {}, null],
    ["event.data.rank", { rank: "7" }, null],
    ["event.data.rank", { rank: true }, null],
    ["event.data.rank / 0.0", { rank: 7 }, null],
    ["double(event.data.rank)", { rank: "7.5" }, 7.5],
    ["int(event.data.rank)", { rank: "no" }, null],
  ])("%s of %j is %j", (text, data, number) => {
    expect(numberOf(text, eventOf(data))).toBe(number);
  });
});

describe("refused where it is written, with what to write instead, is a key that", () => {
  test.each<[string, string, string]>([
    ["is a list", "[event.data.a]", "which tells nothing apart"],
    ["is an object", "event", "which tells nothing apart"],
    ["is nothing", "null", "which tells nothing apart"],
    ["is no expression", "event.data.", "event.data.userId"],
    ["is empty", "", "event.data.userId"],
    ["says no place", "data.userId", "Write whose: event.data"],
    ["has a place that no event has", "event.userId", "Did you mean event.data.userId?"],
    ["knows a second event", "async.data.userId", "A key knows the event that arrives"],
    ["has a text without quotes", "crm", '"crm"'],
    ["is longer than 2,000 characters", `event.data.${"a".repeat(2_000)}`, "more than 2000 characters"],
    ["knows the time", "string(now())", "time of day"],
  ])("%s", (_, text, advice) => {
    expect(messageOf(checkKey, text)).toContain(advice);
  });

  test.each(["event.data.userId", "event.data.total > 100.0", '"crm"', "size(event.data.items)", "event.key", "event.time", "7"])(
    "and %s is taken",
    (text) => {
      expect(messageOf(checkKey, text)).toBe("");
    },
  );
});

describe("refused where it is written is a number that", () => {
  test.each<[string, string, string]>([
    ["is a text", '"60"', "its result is of type string, not a number"],
    ["is true or false", 'event.data.plan == "pro"', 'event.data.plan == "pro" ? 60 : 0'],
    ["is an object", "event", "not a number"],
    ["knows a second event", "async.data.rank", "A number knows the event that arrives"],
  ])("%s", (_, text, advice) => {
    expect(messageOf(checkNumber, text)).toContain(advice);
  });
});

test("the places that a key looks at are known, so that a name is told from a key", () => {
  expect(placesIn('event.data.tenant + "/" + event.name')).toEqual([["data", "tenant"], ["name"]]);
  expect(placesIn('"crm"')).toEqual([]);
});
