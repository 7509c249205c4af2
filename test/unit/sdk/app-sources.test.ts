// What stands in `sources` is checked where it is written.
import { describe, expect, test } from "vitest";
import { cloudEvents, debezium, type ForeignTopic } from "../../../engine/sdk/index.ts";
import { withoutMappings } from "../../../engine/sdk/app-sources.ts";

test("configuration is told apart from code", () => {
  const { sources, mappings } = withoutMappings([
    { topic: "plain", from: "beginning", deduplicate: true },
    { topic: "ce", event: cloudEvents() },
    { topic: "db", event: debezium() },
    { topic: "own", event: () => "a", key: () => null, id: () => "1" },
  ]);
  expect(sources).toEqual([{ topic: "plain", from: "beginning", deduplicate: true }, { topic: "ce" }, { topic: "db" }, { topic: "own" }]);
  expect([...mappings.keys()]).toEqual(["ce", "db", "own"]);
});

describe("refused with advice:", () => {
  test.each<[string, unknown, RegExp]>([
    [
      "an event that is a name",
      { event: "measured" },
      /others: event is a function of the record, cloudEvents\(\) or debezium\(\), not "measured"/,
    ],
    ["a key that is a name", { event: () => "a", key: "id" }, /others: key is a function of the record, not "id"/],
    ["an id beside a ready mapping", { event: debezium(), id: () => "1" }, /others: id goes with an event that is a function/],
    ["a key alone", { key: () => "1" }, /others: key goes with an event that is a function/],
  ])("%s", (_, given, message) => {
    const sources = [{ topic: "others", ...(given as object) }] as readonly ForeignTopic[];
    expect(() => withoutMappings(sources)).toThrow(message);
    expect(() => withoutMappings(sources)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });
});
