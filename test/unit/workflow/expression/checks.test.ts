import { describe, expect, test } from "vitest";
import { MillraceError } from "../../../../engine/core/errors.ts";
import { checkCondition } from "../../../../engine/workflow/expression/check.ts";

function messageOf(text: string, variables: readonly ("event" | "async")[] = ["event", "async"]): string {
  try {
    checkCondition(text, variables);
    return "";
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    expect(error.code).toBe("INVALID_EXPRESSION");
    return error.message;
  }
}

describe("a condition is accepted", () => {
  test.each([
    "event.data.userId == async.data.userId && async.data.total > 100",
    'async.data["user-id"] == event.key',
    "async.data.vip",
    "!has(async.data.total) || async.data.total < 10.5",
    'async.data.country in ["PL", event.data.country, 1]',
    "async.data.items.exists(item, item.sku == event.data.sku && item.count >= 2)",
    'async.data.items.filter(item, item.name.startsWith("A")).size() > 1',
    'async.data.email.lowerAscii().endsWith("@example.com") ? async.data.ok : true',
    'type(async.data.x) == string && size(async.data.x) == 2.0 && double("1") == 1',
    "async.time - event.time < 60 * 1000",
    "event == async",
    "// the first order\nasync.data.count == 1",
  ])("%s", (text) => {
    expect(messageOf(text)).toBe("");
  });
});

describe("a mistake is shown with what to write instead", () => {
  test.each([
    ["event.data.a = 1", 13, "Equality is written =="],
    ["event.data.a === 1", 15, "Equality is written =="],
    ["event.data.a and event.data.b", 13, "&&"],
    ["not event.data.a", 4, "!"],
    ["data.a == 1", 0, "Write whose: event.data"],
    ["async.data.name == Anna", 19, '"Anna"'],
    ["async.data.user-id == 1", 16, 'event.data["user-id"]'],
    ["async.data.in == 1", 11, 'event.data["in"]'],
    ["async.data.a == event.userId", 16, "Did you mean event.data.userId?"],
    ["async.data.a == event.user.id", 16, "Did you mean event.data.user.id?"],
    ["async.data.a == 'abc", 16, "the quote that it began with"],
    ['1 == "1"', 0, "types that go together"],
    ['async.data.a.matches("(a+)+$")', 13, "startsWith"],
    ["async.data.items.map(i, i.x) == []", 17, "exists(item"],
    ["now() > event.time", 0, "time of day"],
    ['timestamp("2026-01-01T00:00:00Z") > 1', 0, "event.time"],
    ["async.data.a.lastIndexOf(async.data.b) > 0", 13, ".indexOf"],
    ["cel.bind(x, 1, x == 1)", 4, "exists(item"],
    ["async.data.items.exists(async, true)", 24, "another name"],
    ["async.data.items.exists(1, true)", 24, "exists(item"],
    ["has(async)", 4, "has(event.data.total)"],
    ["size(async.data.items)", 0, "of type int, not true or false"],
    ['"yes"', 0, "of type string, not true or false"],
    ["(async.data.a", 13, "event.data.userId == async.data.userId"],
    ["", 0, "event.data.userId == async.data.userId"],
  ])("%s", (text, at, advice) => {
    const message = messageOf(text);
    expect(message).toContain(advice);
    const [shown = "", caret = ""] = message.split("\n\n")[1]?.split("\n") ?? [];
    expect(shown.trim()).toBe(text);
    expect(caret.indexOf("^") - 2).toBe(at);
  });

  test("where it is, in a condition of several lines", () => {
    const message = messageOf("async.data.a == 1\n && async.data.b == == 2");
    expect(message.split("\n\n")[1]).toBe("   && async.data.b == == 2\n                      ^");
  });

  test("and only the place, in a long one", () => {
    const message = messageOf(`${"true && ".repeat(100)}foo && ${"true && ".repeat(100)}true`);
    const [shown = "", caret = ""] = message.split("\n\n")[1]?.split("\n") ?? [];
    expect(shown.length).toBeLessThan(110);
    expect(shown.slice(caret.indexOf("^"))).toMatch(/^foo /);
  });
});

test("a trigger's condition knows the event that arrives and no other", () => {
  expect(messageOf("event.data.total > 100", ["event"])).toBe("");
  expect(messageOf("event.data.id == async.data.id", ["event"])).toContain("async is for events that a run waits for");
  expect(messageOf("event.data.total > 100 +", ["event"])).toContain("event.data.country");
});

describe("R16: the text is bounded, and however odd, an answer comes", () => {
  test.each([
    ["too long", `async.data.a == "${"a".repeat(2_000)}"`],
    ["deep in brackets", `${"(".repeat(900)}true${")".repeat(900)}`],
    ["no Unicode", 'async.data.a == "\ud800"'],
  ])("%s: refused", (_, text) => {
    expect(messageOf(text)).not.toBe("");
  });

  test.each([
    ["many signs", `${"!".repeat(1_980)}true`],
    ["many sums", `1${"+1".repeat(900)} == 901`],
    ["many conditions", `true${" && true".repeat(240)}`],
    ["a long path", `async${".data".repeat(240)} == 1`],
  ])("%s: taken", (_, text) => {
    expect(messageOf(text)).toBe("");
  });
});
