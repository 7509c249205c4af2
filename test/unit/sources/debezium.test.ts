// Changes of a database as Debezium writes them become events of their tables.
import { describe, expect, test } from "vitest";
import { debezium } from "../../../engine/sources/debezium.ts";
import { eventBy, readBy, refusedBy } from "./given-record.ts";

const source = {
  version: "3.0",
  connector: "postgresql",
  name: "shop",
  db: "shop",
  schema: "public",
  table: "orders",
  ts_ms: 5_000,
  lsn: 24,
};
const row = { id: 7, total: "12.50" };
const inserted = { op: "c", before: null, after: row, source, transaction: null, ts_ms: 5_100 };

function withSchema(payload: unknown): unknown {
  return { schema: { type: "struct", fields: [], optional: false }, payload };
}

test("an event has the change, the key of its row, and the time of the change in the database", () => {
  expect(eventBy(debezium(), { value: inserted, key: { id: 7 }, offset: 9 })).toMatchObject({
    name: "db/orders.created",
    json: { op: "c", before: null, after: row, source, transaction: null, ts: 5_100 },
    key: "7",
    time: 5_000,
    id: "t/2/9",
  });
});

test("with its schema beside it, as Connect's converter writes it, it is the same event", () => {
  const plain = eventBy(debezium(), { value: inserted, key: { id: 7 } });
  expect(eventBy(debezium(), { value: withSchema(inserted), key: withSchema({ id: 7 }) })).toEqual(plain);
});

test.each([
  ["u", "updated", { before: { id: 7, total: "1.00" }, after: row }],
  ["d", "deleted", { before: row, after: null }],
  ["r", "read", { before: null, after: row }],
  ["t", "truncated", { before: null, after: null }],
])("op %s is .%s", (op, operation, sides) => {
  const { name, json } = eventBy(debezium({ name: "shop" }), { value: { ...inserted, ...sides, op } });
  expect(name).toBe(`shop/orders.${operation}`);
  expect(json).toMatchObject({ op, ...sides });
});

test("tombstones are passed over", () => {
  expect(readBy(debezium(), { value: null, key: { id: 7 } })).toBeNull();
});

test("the transaction of a change is there where the connector tells it", () => {
  const transaction = { id: "571:53195829", total_order: 1, data_collection_order: 1 };
  expect(eventBy(debezium(), { value: { ...inserted, transaction } }).json).toMatchObject({ transaction });
});

test("MongoDB's collections are tables", () => {
  const { table: _, ...rest } = source;
  expect(eventBy(debezium(), { value: { ...inserted, source: { ...rest, collection: "carts" } } }).name).toBe("db/carts.created");
});

describe("the key of an event", () => {
  test.each([
    [{ id: "ada" }, "ada"],
    [{ tenant: "a", id: 1 }, '{"tenant":"a","id":1}'],
    [{ id: "" }, '{"id":""}'],
    ["7", "7"],
  ])("of a row with the key %j is %s", (key, text) => {
    expect(eventBy(debezium(), { value: inserted, key }).key).toBe(text);
  });

  test("is none for a table without a primary key", () => {
    expect(eventBy(debezium(), { value: inserted }).key).toBeNull();
  });
});

test.each([
  ["a heartbeat", { ts_ms: 5 }, 'it has no "op"'],
  ["a message of the write-ahead log", { ...inserted, op: "m" }, 'its op is "m"'],
  ["a change without its source", { ...inserted, source: null }, 'it has no "source"'],
  ["a change of no table", { ...inserted, source: {} }, "its source names no table"],
  ["a number", 5, "its value is no object"],
])("%s is a dead letter that says why", (_, value, why) => {
  const { code, reason } = refusedBy(debezium(), { value });
  expect([code, reason]).toEqual(["SOURCE_NOT_A_CHANGE", expect.stringContaining(why)]);
});

test("what is neither Avro nor JSON is a dead letter", () => {
  expect(refusedBy(debezium(), { value: "hello" })).toMatchObject({ code: "EVENT_NOT_JSON" });
});
