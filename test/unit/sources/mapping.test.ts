// Records of any topic become events as a function of the app's says.
import { describe, expect, test } from "vitest";
import { functionMapping, type EventOf } from "../../../engine/sources/mapping.ts";
import { eventBy, readBy, refusedBy } from "./given-record.ts";

function mapping(event: EventOf, more: Omit<Parameters<typeof functionMapping>[0], "event"> = {}): ReturnType<typeof functionMapping> {
  return functionMapping({ event, ...more });
}

test("a name is enough: data is the value, the key is the record's, the id is its place", () => {
  expect(
    eventBy(
      mapping(() => "metric"),
      { value: { cpu: 3 }, key: "host-1" },
    ),
  ).toEqual({
    name: "metric",
    data: '{"cpu":3}',
    json: { cpu: 3 },
    key: "host-1",
    time: null,
    id: "t/2/7",
    once: { by: "id", key: "1:tt/2/7" },
  });
});

test("it may say all of the event, and sees all of the record", () => {
  const all = mapping(({ topic, partition, offset, timestamp, key, value, headers, data }) => ({
    name: `from/${topic}`,
    data: {
      partition,
      offset,
      timestamp,
      key: key?.toString(),
      bytes: value?.length,
      header: headers["h"]?.toString(),
      data,
      at: new Date(0),
    },
    time: new Date(5_000),
    key: null,
    id: "own",
  }));
  expect(eventBy(all, { value: [1], key: "k", headers: { h: "x" } })).toMatchObject({
    name: "from/t",
    json: { partition: 2, offset: 7, timestamp: 1_000, key: "k", bytes: 3, header: "x", data: [1], at: "1970-01-01T00:00:00.000Z" },
    time: 5_000,
    key: null,
    id: "own",
  });
});

test("key and id may be functions of their own", () => {
  const own = mapping(() => "a", { key: ({ headers }) => headers["k"]?.toString() ?? null, id: ({ offset }) => `no-${offset}` });
  expect(eventBy(own, { value: {}, headers: { k: "x" } })).toMatchObject({ key: "x", id: "no-7" });
  expect(eventBy(own, { value: {} }).key).toBeNull();
});

test("a record's empty key is none; one that the mapping gives has to be a text", () => {
  expect(
    eventBy(
      mapping(() => "a"),
      { value: {}, key: "" },
    ).key,
  ).toBeNull();
  expect(
    refusedBy(
      mapping(() => ({ name: "a", key: 7 as never })),
      { value: {} },
    ),
  ).toMatchObject({
    code: "SOURCE_MAPPING_FAILED",
    reason: "the key that the mapping gave is no text of one character at least",
  });
});

test("null: the record is passed over", () => {
  expect(
    readBy(
      mapping(() => null),
      { value: {} },
    ),
  ).toBeNull();
});

test("data of its own need not be JSON in the record", () => {
  const text = mapping(({ value }) => ({ name: "line", data: { text: value?.toString("latin1") } }));
  expect(eventBy(text, { value: Buffer.from([0xe9]) }).json).toEqual({ text: "é" });
});

describe("what stops nothing but is set aside, with the reason:", () => {
  test.each<[string, EventOf, string, RegExp]>([
    [
      "a function that throws",
      () => {
        throw new TypeError("no such field");
      },
      "SOURCE_MAPPING_FAILED",
      /TypeError: no such field/,
    ],
    [
      "one that throws what cannot be shown",
      () => {
        throw Object.create(null);
      },
      "SOURCE_MAPPING_FAILED",
      /cannot be described/,
    ],
    ["no name", () => "", "SOURCE_MAPPING_FAILED", /name/],
    ["a name that is too long", () => "x".repeat(257), "SOURCE_MAPPING_FAILED", /name/],
    ["a name of the engine's own", () => "millrace/function.failed", "SOURCE_MAPPING_FAILED", /own/],
    ["half a character", () => "a\ud800", "SOURCE_MAPPING_FAILED", /name/],
    ["an empty id", () => ({ name: "a", id: "" }), "SOURCE_MAPPING_FAILED", /id/],
    ["a time that is none", () => ({ name: "a", time: new Date("x") }), "SOURCE_MAPPING_FAILED", /time/],
    ["data that is not JSON", () => ({ name: "a", data: { big: 1n } }), "SOURCE_MAPPING_FAILED", /BigInt/],
    ["a value that is not JSON", () => "a", "EVENT_NOT_JSON", /neither Avro nor JSON/],
  ])("%s", (_, event, code, reason) => {
    const refused = refusedBy(mapping(event), { value: "hello" });
    expect([refused.code, refused.reason]).toEqual([code, expect.stringMatching(reason)]);
  });
});
