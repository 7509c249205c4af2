// What a wait records of its expression, a key and the rest, says what the expression says.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MillraceError } from "../../../../engine/core/errors.ts";
import { celValue, Scale } from "../../../../engine/workflow/expression/cel-value.ts";
import { asItIs, factsOf, type EventFacts, type Json } from "../../../../engine/workflow/expression/event-facts.ts";
import { LANGUAGES } from "../../../../engine/workflow/expression/language.ts";
import { interestOf, meets, passes, type Interest, type Match } from "../../../../engine/workflow/expression/match.ts";
import { parsePath, valueAt } from "../../../../engine/workflow/expression/path.ts";
import { select } from "../../../../engine/workflow/expression/selection.ts";
import { rounds, untilMet } from "../../../support/rounds.ts";
import { eventOf } from "./events.ts";

const NAMES = ["a", "b", "user-id", "__proto__"];
const SCALARS = [0, 1, -1, 1.5, 2 ** 53, "", "1", "a", "ab", true, false, null];

const scalar = fc.constantFrom(...SCALARS);
const { json } = fc.letrec<{ json: Json; record: Json }>((tie) => ({
  record: fc.uniqueArray(fc.tuple(fc.constantFrom(...NAMES), tie("json")), { selector: ([name]) => name, maxLength: 4 }).map(recordOf),
  json: fc.oneof({ depthSize: "small", withCrossShrink: true }, scalar, fc.array(tie("json"), { maxLength: 3 }), tie("record")),
}));
const data = fc.tuple(json, json, json, json).map((values) => new Map(NAMES.map((name, index) => [name, values[index] ?? null])));
const rest = fc.record({ name: fc.constantFrom("a", "b"), key: fc.constantFrom("a", "1", null), time: fc.constantFrom(0, 1) });
const event = fc.tuple(rest, data).map(([others, values]) => ({ ...others, data: recordOf([...values]) }));
/** A trigger, and an event that has much in common with it: of events at random, hardly two are equal anywhere. */
const pair = fc.tuple(rest, rest, data, data, fc.subarray(NAMES), fc.subarray(NAMES)).map(([one, other, mine, theirs, common, missing]) => {
  const shared = new Map([...theirs, ...common.map((name): [string, Json] => [name, mine.get(name) ?? null])]);
  const kept = [...shared].filter(([name]) => missing.length < 3 || !missing.includes(name));
  return [facts({ ...one, data: recordOf([...mine]) }), facts({ ...other, data: recordOf(kept) })] as const;
});

const place = fc
  .tuple(
    fc.constantFrom("event", "async"),
    fc.oneof(fc.constantFrom(".key", ".time"), fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 })),
  )
  .map(([root, rest]) => root + (typeof rest === "string" ? rest : `.data${rest.map(access).join("")}`));
const literal = fc.constantFrom(...SCALARS).map((value) => (value === null ? "null" : JSON.stringify(value)));
const { condition, equality } = fc.letrec<{ value: string; condition: string; equality: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    { arbitrary: place, weight: 6 },
    { arbitrary: literal, weight: 3 },
    fc
      .tuple(tie("value"), fc.constantFrom("+", "-", "*", "/", "%"), tie("value"))
      .map(([left, sign, right]) => `(${left} ${sign} ${right})`),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
    tie("value").map((value) => `size(${value})`),
    tie("value").map((value) => `string(${value})`),
    fc.tuple(place, tie("value")).map(([list, index]) => `${list}[${index}]`),
    fc.tuple(tie("condition"), tie("value"), tie("value")).map(([ask, yes, no]) => `(${ask} ? ${yes} : ${no})`),
  ),
  equality: fc.oneof(
    fc.tuple(place, fc.oneof(place, literal)).map((sides) => sides.join(" == ")),
    place.map((one) => `event${one.replace(/^\w+/, "")} == async${one.replace(/^\w+/, "")}`),
  ),
  condition: fc.oneof(
    { depthSize: "small" },
    { arbitrary: tie("equality"), weight: 6 },
    fc.tuple(tie("value"), fc.constantFrom("==", "!=", "<", ">=", "in"), tie("value")).map((parts) => parts.join(" ")),
    { arbitrary: fc.tuple(tie("condition"), tie("condition")).map(([left, right]) => `${left} && ${right}`), weight: 4 },
    fc.tuple(tie("condition"), tie("condition")).map(([left, right]) => `${left} && (${right})`),
    fc.tuple(tie("condition"), tie("condition")).map(([left, right]) => `(${left} || ${right})`),
    tie("condition").map((inner) => `!(${inner})`),
    place.filter((text) => !text.endsWith("]")).map((text) => `has(${text})`),
    fc.tuple(place, tie("value")).map(([list, value]) => `${list}.exists(item, item == ${value})`),
    fc.tuple(place, tie("equality")).map(([list, inner]) => `${list}.all(item, item in [1, "a"] || ${inner})`),
    fc.tuple(place, tie("value")).map(([text, part]) => `${text}.startsWith(${part})`),
  ),
}));

describe("the key and the rest say what the expression says", () => {
  test("of any expression, for any two events", async () => {
    const seen = { keyed: 0, matched: 0, matchedByKey: 0 };
    await untilMet(
      () => seen,
      { keyed: 100, matched: 100, matchedByKey: 100 },
      () =>
        fc.assert(
          fc.property(condition, fc.array(pair, { minLength: 5, maxLength: 5 }), (text, pairs) => {
            fc.pre(isValid(text));
            for (const [trigger, incoming] of pairs) {
              const { direct, isKeyed } = compare(text, trigger, incoming);
              if (isKeyed) seen.keyed++;
              if (direct) seen.matched++;
              if (direct && isKeyed) seen.matchedByKey++;
            }
          }),
          rounds(3_000),
        ),
    );
  });

  test("of one equality, whatever stands beside it", async () => {
    let matched = 0;
    await untilMet(
      () => ({ matched }),
      { matched: 100 },
      () =>
        fc.assert(
          fc.property(equality, condition, fc.boolean(), fc.array(pair, { minLength: 5, maxLength: 5 }), (equal, other, isFirst, pairs) => {
            const text = isFirst ? `${equal} && ${other}` : `(${other}) && ${equal}`;
            fc.pre(isValid(text));
            for (const [trigger, incoming] of pairs) if (compare(text, trigger, incoming).direct) matched++;
          }),
          rounds(2_000),
        ),
    );
  });

  test("of a trigger's condition", () => {
    fc.assert(
      fc.property(condition, event, (text, arriving) => {
        const own = text.replaceAll("async.", "event.");
        fc.pre(isValid(own));
        const first = facts(arriving);
        expect(passes(own, first)).toBe(evaluate(own, first, first));
      }),
      rounds(1_000),
    );
  });

  test("of a path that both have", () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), json, json, (name, mine, theirs) => {
        const interest = interestOf({ match: `data${access(name)}` }, facts({ data: recordOf([[name, mine]]) }));
        const isScalar = mine !== null && typeof mine !== "object";
        expect(isMatch(interest, facts({ data: recordOf([[name, theirs]]) }))).toBe(isScalar && mine === theirs);
      }),
      rounds(1_000),
    );
  });
});

describe("the key", () => {
  const trigger = eventOf({ userId: "u1", kind: "x", nothing: null, list: [1], user: { id: 7 } }, { key: "k1" });
  const keyOf = (text: string): unknown => {
    const { path, value } = interestOf({ if: text }, trigger);
    return path === null ? null : [path, value];
  };

  test.each([
    ["event.data.userId == async.data.userId", ["data.userId", "s:u1"]],
    ["async.data.userId == event.data.userId && async.data.total > 100", ["data.userId", "s:u1"]],
    ["async.data.total > 100 && (async.data.ok && async.data['user-id'] == event.data.userId)", ['data["user-id"]', "s:u1"]],
    ['async["data"].order.id == event.data.user["id"]', ["data.order.id", "n:7"]],
    ["async.key == event.key", ["key", "s:k1"]],
    // A place in the trigger tells waits apart, a constant does not.
    ['async.data.status == "paid" && async.data.userId == event.data.userId', ["data.userId", "s:u1"]],
    ['async.data.count == 1 && async.data.ok == true && async.data.status == "paid"', ["data.status", "s:paid"]],
    ["async.data.count == 1 && async.data.ok == true", ["data.count", "n:1"]],
    ["-1.50 == async.data.count", ["data.count", "n:-1.5"]],
    ["async.data.big == 9007199254740992", ["data.big", "n:9007199254740992"]],
    ["async.data.ok == false", ["data.ok", "b:false"]],
    ["async.data.userId == event.data.userId && async.data.userId == 'u2'", ["data.userId", "s:u1"]],
  ])("of %s is %j", (text, expected) => {
    expect(keyOf(text)).toEqual(expected);
  });

  test.each([
    "async.data.a == 1 || async.data.b == 2",
    "!(async.data.a == 1)",
    "async.data.a != 1",
    "async.data.a > 1",
    "async.data.a == async.data.b",
    "event.data.userId == 'u1'",
    "async.data.a == null",
    "async.data.list == [1]",
    "async.data.items[0] == 1",
    "async.data.items.exists(item, item == event.data.userId)",
    "async.data.big == 9007199254740993",
    "async.data.a == 1u",
    "async.data[event.data.kind] == 1",
    `async.data${".nested".repeat(80)} == 1`,
    "(async.data.a == 1) == true",
    "async.data.ok ? async.data.a == 1 : async.data.a == 1",
  ])("there is none in %s", (text) => {
    expect(keyOf(text)).toBeNull();
  });

  test.each(["nothing", "list", "user", "missing"])("can match nothing where the trigger has no comparable value: %s", (name) => {
    for (const spec of [{ match: `data.${name}` }, { if: `event.data.${name} == async.data.${name}` }] satisfies Match[]) {
      const interest = interestOf(spec, trigger);
      expect(interest).toMatchObject({ path: `data.${name}`, value: null });
      expect(meets(interest, trigger)).toBe(false);
    }
  });

  test("comes from `match` where there is one, and the whole `if` is asked after it", () => {
    const interest = interestOf({ match: "data.userId", if: "async.data.kind == event.data.kind" }, trigger);
    expect(interest).toEqual({
      path: "data.userId",
      value: "s:u1",
      condition: "async.data.kind == event.data.kind",
      bindings: '{"data":{"kind":"x"}}',
    });
  });

  test("is all there is to say of one equality, and nothing more is recorded", () => {
    expect(interestOf({ if: "(event.data.userId == async.data.userId)" }, trigger)).toMatchObject({ condition: null, bindings: null });
    expect(interestOf({ match: "data.userId" }, trigger)).toMatchObject({ condition: null, bindings: null });
    expect(interestOf({}, trigger)).toEqual({ path: null, value: null, condition: null, bindings: null });
  });
});

test("only what the condition refers to goes with a wait, not the whole trigger", () => {
  const trigger = eventOf({ userId: "u1", limit: { low: 1, high: 5, note: "long" }, blob: "x".repeat(1_000_000) });
  const bindingsOf = (text: string): string | null => interestOf({ if: text }, trigger).bindings;
  expect(bindingsOf("async.data.total < event.data.limit.high || event.data.missing.a == 1")).toBe('{"data":{"limit":{"high":5}}}');
  expect(bindingsOf("async.data.total > 1")).toBeNull();
  expect(bindingsOf("async.data.total in event.data.limit")).toBe('{"data":{"limit":{"low":1,"high":5,"note":"long"}}}');
  expect(bindingsOf('event.name == "x" && async.name != event.name || async.time > event.time')).toBe(
    '{"name":"order/placed","time":1750000000000}',
  );
});

test("what cannot be used is refused when the wait is asked for", () => {
  for (const spec of [{ match: "userId" }, { if: "async.data.a = 1" }]) {
    expect(() => interestOf(spec, eventOf({}))).toThrow(MillraceError);
  }
});

function compare(text: string, trigger: EventFacts, incoming: EventFacts): { readonly direct: boolean; readonly isKeyed: boolean } {
  const interest = interestOf({ if: text }, trigger);
  const direct = evaluate(text, trigger, incoming);
  const isKeyed = interest.path !== null;
  // A key of nothing comparable matches nothing, where CEL has null == null.
  const isComparable = interest.path === null || valueAt(incoming, parsePath(interest.path)) !== null;
  expect(isMatch(interest, incoming)).toBe(direct && isComparable);
  return { direct, isKeyed };
}

/** As the partition that decides does it: the key first, then the rest, with nothing of the trigger but what was recorded. */
function isMatch(interest: Interest, incoming: EventFacts): boolean {
  const recorded = JSON.parse(JSON.stringify(interest)) as Interest;
  const isKeyEqual = recorded.path === null || (recorded.value !== null && valueAt(incoming, parsePath(recorded.path)) === recorded.value);
  return isKeyEqual && meets(recorded, incoming);
}

/** By the library alone, on both events as they are. */
function evaluate(text: string, trigger: EventFacts, incoming: EventFacts): boolean {
  const whole = (of: EventFacts): unknown => celValue(select(of, "all"), new Scale(Infinity));
  try {
    return LANGUAGES.wait.evaluate(text, { event: whole(trigger), async: whole(incoming) }) === true;
  } catch {
    return false;
  }
}

/** Without loops in loops, which fail on many values, here as everywhere. */
function isValid(text: string): boolean {
  if (text.length > 2_000 || text.split("(item,").length > 2) return false;
  const { valid, type = "" } = LANGUAGES.wait.check(text);
  return valid && /^(bool|dyn)/.test(type);
}

function facts({
  data: json,
  name = "a",
  key = null,
  time = 0,
}: {
  data: Json;
  name?: string;
  key?: string | null;
  time?: number;
}): EventFacts {
  return factsOf({ id: "1", name, key, time, data: JSON.stringify(json) }, asItIs);
}

function recordOf(entries: readonly (readonly [string, Json])[]): Json {
  const record = Object.create(null) as Record<string, Json>;
  for (const [name, value] of entries) record[name] = value;
  return record;
}

function access(name: string): string {
  return /^\w+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
