// Avro in records of foreign topics: decoded for mappings that ask for it, and waited for where its schema is not known yet.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { codecOf } from "../../../engine/schemas/avro/codec.ts";
import { parseEventSchema } from "../../../engine/schemas/avro/event-schema.ts";
import { framed } from "../../../engine/schemas/wire.ts";
import { WrittenData } from "../../../engine/schemas/written-data.ts";
import { debezium } from "../../../engine/sources/debezium.ts";
import { functionMapping, type SourceMapping } from "../../../engine/sources/mapping.ts";
import { SourceReading } from "../../../engine/sources/reading.ts";
import type { ReadResult } from "../../../engine/workflow/event/cloud-event.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MoodyRegistry } from "../../support/schemas/moody-registry.ts";
import { recordOf, type Given } from "./given-record.ts";

/** As Debezium's connector for Postgres and Confluent's Avro converter have it, with fewer fields of its source. */
const ENVELOPE = {
  type: "record",
  name: "Envelope",
  namespace: "shop.public.orders",
  fields: [
    {
      name: "before",
      type: [
        "null",
        {
          type: "record",
          name: "Value",
          fields: [
            { name: "id", type: "int" },
            { name: "total", type: { type: "bytes", scale: 2, precision: 10, logicalType: "decimal" } },
          ],
        },
      ],
      default: null,
    },
    { name: "after", type: ["null", "Value"], default: null },
    {
      name: "source",
      type: {
        type: "record",
        name: "Source",
        namespace: "io.debezium.connector.postgresql",
        fields: [
          { name: "connector", type: "string" },
          { name: "ts_ms", type: "long" },
          { name: "db", type: "string" },
          { name: "table", type: "string" },
        ],
      },
    },
    { name: "op", type: "string" },
    { name: "ts_ms", type: ["null", "long"], default: null },
    {
      name: "transaction",
      type: ["null", { type: "record", name: "block", namespace: "event", fields: [{ name: "id", type: "string" }] }],
      default: null,
    },
  ],
};
const KEY = { type: "record", name: "Key", namespace: "shop.public.orders", fields: [{ name: "id", type: "int" }] };

const CHANGE = {
  before: { id: 7, total: "1.00" },
  after: { id: 7, total: "12.50" },
  source: { connector: "postgresql", ts_ms: 5_000, db: "shop", table: "orders" },
  op: "u",
  ts_ms: 5_100,
  transaction: null,
};

let registry: MoodyRegistry;
let clock: FakeClock;
let stop: AbortController;

beforeEach(async () => {
  registry = await MoodyRegistry.open();
  clock = new FakeClock();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await registry.end();
});

function reading(mapping: SourceMapping): SourceReading {
  const written = new WrittenData({ registry: () => Promise.resolve(registry), clock, signal: stop.signal });
  return new SourceReading({ written, mappings: new Map([["t", mapping]]), schemaOf: () => null });
}

async function avroOf(subject: string, json: object, data: unknown): Promise<Buffer> {
  const schema = parseEventSchema(json, "test");
  return framed(await registry.register(subject, schema), codecOf(schema.text).encode(data));
}

/** Asked again until it can be read; says how often it was asked. */
async function readInTime(source: SourceReading, given: Given): Promise<{ result: ReadResult | null; asked: number }> {
  for (let asked = 1; ; asked++) {
    const read = source.read("t", recordOf(given), 0);
    if (!(read instanceof Promise)) return { result: read, asked };
    await read;
  }
}

test("Debezium's changes in Avro are the same events as in JSON", async () => {
  const value = await avroOf("v", ENVELOPE, CHANGE);
  const key = await avroOf("k", KEY, { id: 7 });
  const { result } = await readInTime(reading(debezium()), { value, key });
  const plain = await readInTime(reading(debezium()), { value: { ...CHANGE }, key: { id: 7 } });
  expect(result).toMatchObject({ ok: true, event: { name: "db/orders.updated", key: "7", time: 5_000 } });
  expect(result?.ok === true && JSON.parse(result.event.data)).toEqual(plain.result?.ok === true && JSON.parse(plain.result.event.data));
});

test("a function sees data of Avro and key as they are decoded, and is called again once they are", async () => {
  const calls: unknown[] = [];
  const mapping = functionMapping({
    event: (record) => {
      calls.push(record.offset);
      return { name: "a", data: record.data, key: JSON.stringify(record.keyData) };
    },
  });
  const value = await avroOf("v", KEY, { id: 1 });
  const key = await avroOf("k", { ...KEY, name: "Other" }, { id: 2 });
  const { result, asked } = await readInTime(reading(mapping), { value, key });
  expect(result).toMatchObject({ ok: true, event: { name: "a", data: '{"id":1}', key: '{"id":2}' } });
  expect([asked, calls.length]).toEqual([3, 3]);
});

test("a function that does not ask for it needs no schema", async () => {
  registry.isDown = true;
  const mapping = functionMapping({ event: ({ value }) => ({ name: "a", data: value?.length ?? 0 }) });
  const { result, asked } = await readInTime(reading(mapping), { value: framed(5, Buffer.from("body")) });
  expect([result, asked]).toMatchObject([{ ok: true, event: { data: "9" } }, 1]);
});

describe("while the registry is down", () => {
  test("a record waits, and it is told where and why; then it is read", async () => {
    const value = await avroOf("v", KEY, { id: 1 });
    registry.isDown = true;
    const source = reading(functionMapping({ event: () => "a" }));
    const waiting = source.read("t", recordOf({ value }), 0);
    expect(waiting).toBeInstanceOf(Promise);
    await clock.advance(1_000);
    expect(source.obstacle("t", 0)).toEqual({ code: "SCHEMA_AWAITED", reason: expect.stringMatching(/out of reach/) as string });
    expect(source.obstacle("t", 1)).toBeNull();
    registry.isDown = false;
    await clock.advance(10_000);
    await waiting;
    expect(source.obstacle("t", 0)).toBeNull();
    expect(source.read("t", recordOf({ value }), 0)).toMatchObject({ ok: true, event: { data: '{"id":1}' } });
  });

  test("a mapping that catches all errors does not have its record taken for another event", async () => {
    const value = await avroOf("v", KEY, { id: 1 });
    registry.isDown = true;
    const mapping = functionMapping({
      event: (record) => {
        try {
          return { name: "good", data: record.data };
        } catch {
          return { name: "bad", data: null };
        }
      },
    });
    expect(reading(mapping).read("t", recordOf({ value }), 0)).toBeInstanceOf(Promise);
  });
});
