// Whatever stands in a topic: reading it throws nothing, and what becomes an event can be journalled as it is.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { StoredRecord } from "../../../engine/log/log.ts";
import { cloudEvents } from "../../../engine/sources/cloud-events.ts";
import { debezium } from "../../../engine/sources/debezium.ts";
import { functionMapping, type SourceMapping } from "../../../engine/sources/mapping.ts";
import { SourceReading } from "../../../engine/sources/reading.ts";
import { untilMet } from "../../support/rounds.ts";

const text = fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.constantFrom("a", "order/placed", "", "é", "\ud800"));
const json = fc.jsonValue();

const attributes = fc.record(
  {
    ce_type: text,
    ce_id: text,
    ce_source: text,
    ce_time: fc.oneof(text, fc.constant("2026-01-31T12:00:00Z")),
    "content-type": fc.oneof(
      text,
      fc.constantFrom(
        "application/json",
        "application/avro",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "text/plain",
      ),
    ),
  },
  { requiredKeys: [] },
);

const structured = fc.record(
  {
    specversion: fc.constant("1.0"),
    id: fc.oneof(text, json),
    type: fc.oneof(text, json),
    source: fc.oneof(text, json),
    time: fc.oneof(fc.constant("2026-01-31T12:00:00Z"), json),
    data: json,
    data_base64: text,
    datacontenttype: fc.constantFrom("application/json", "image/png"),
    partitionkey: text,
  },
  { requiredKeys: ["id", "type", "source"] },
);

const change = fc.record(
  {
    op: fc.oneof({ weight: 5, arbitrary: fc.constantFrom("c", "u", "d", "r", "t", "m") }, { weight: 1, arbitrary: json }),
    before: json,
    after: json,
    source: fc.oneof(
      { weight: 3, arbitrary: fc.record({ table: text, ts_ms: fc.oneof(fc.integer(), json) }) },
      { weight: 1, arbitrary: json },
    ),
    ts_ms: json,
  },
  { requiredKeys: ["op", "source"] },
);

const value = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.concat([Buffer.from([0]), bytes])),
  fc
    .oneof(
      json,
      structured,
      change,
      change.map((payload) => ({ schema: {}, payload })),
    )
    .map((any) => Buffer.from(JSON.stringify(any))),
);

const record: fc.Arbitrary<StoredRecord> = fc.record({
  offset: fc.nat(),
  timestamp: fc.nat(),
  key: fc.oneof({ weight: 3, arbitrary: json.map((any) => Buffer.from(JSON.stringify(any))) }, { weight: 1, arbitrary: value }),
  value,
  headers: attributes.map((given) => Object.fromEntries(Object.entries(given).map(([name, said]) => [name, Buffer.from(said)]))),
});

const own = functionMapping({
  event: ({ headers, data }) => ({ name: headers["ce_type"]?.toString("latin1") ?? "own", data }),
  key: ({ key }) => key?.toString("latin1") ?? null,
  id: ({ headers }) => headers["ce_id"]?.toString() ?? "x",
});

/** A registry that knows every id, and by whose schemas every body is its own length. */
const written = {
  decode: ({ id, body }: { id: number; body: Buffer }) =>
    id % 2 === 0
      ? ({ ok: true, data: { length: body.length } } as const)
      : ({ ok: false, code: "EVENT_SCHEMA_UNKNOWN", reason: "nobody knows it" } as const),
  troubleOf: () => null,
};

test.each<[string, SourceMapping | null, number]>([
  ["CloudEvents", cloudEvents(), 50],
  ["Debezium", debezium(), 50],
  ["a function", own, 100],
])("as %s", async (_, mapping, least) => {
  const reading = new SourceReading({ written, mappings: new Map(mapping === null ? [] : [["t", mapping]]), schemaOf: () => null });
  const counts = { events: 0, refused: 0, passedOver: 0 };
  await untilMet(
    () => counts,
    { events: least, refused: least },
    () =>
      fc.assert(
        fc.property(record, (stored) => {
          const read = reading.read("t", stored, 0);
          expect(read).not.toBeInstanceOf(Promise);
          if (read instanceof Promise) return;
          if (read === null) {
            counts.passedOver += 1;
          } else if (read.ok) {
            counts.events += 1;
            const { id, name, data, key, time, once } = read.event;
            expect(() => JSON.parse(data) as unknown).not.toThrow();
            for (const said of [id, name, key ?? "", once.by === "id" ? once.key : once.producer]) expect(said.isWellFormed()).toBe(true);
            expect(data.isWellFormed()).toBe(true);
            expect(name).not.toBe("");
            expect(time === null || Number.isFinite(time)).toBe(true);
            // Once more it is the same event.
            expect(reading.read("t", stored, 0)).toEqual(read);
          } else {
            counts.refused += 1;
            expect([read.code, read.reason]).toEqual([expect.stringMatching(/^[A-Z_]+$/), expect.stringMatching(/./)]);
          }
        }),
        { numRuns: 4_000 },
      ),
  );
});
