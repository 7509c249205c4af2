// The form of an event's data: drafts of a schema, and the values that they stand for. The codec that checks what is sent is the judge.
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { codecOf } from "../../../engine/schemas/avro/codec.ts";
import { schemaNode } from "../../../engine/schemas/avro/schema-node.ts";
import { valueOf } from "../../../web/src/pages/send/draft-value.ts";
import { draftOf, emptyDraft, unionDraft, type Draft } from "../../../web/src/pages/send/draft.ts";
import { docKey, docsOf } from "../../../web/src/pages/send/schema-docs.ts";
import { untilMet } from "../../support/rounds.ts";

const ORDER = {
  type: "record",
  name: "OrderPlaced",
  namespace: "shop",
  doc: "Somebody bought something",
  fields: [
    { name: "orderId", type: { type: "string", logicalType: "uuid" }, doc: "Ours, not the customer's" },
    { name: "placedAt", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "total", type: { type: "bytes", logicalType: "decimal", precision: 6, scale: 2 } },
    { name: "count", type: "int" },
    { name: "weight", type: "float" },
    { name: "big", type: "long" },
    { name: "gift", type: "boolean" },
    { name: "day", type: { type: "int", logicalType: "date" } },
    { name: "raw", type: "bytes" },
    { name: "mark", type: { type: "fixed", name: "Mark", size: 3 } },
    { name: "country", type: { type: "enum", name: "Country", symbols: ["AT", "DE"] } },
    { name: "coupon", type: ["null", "string"], default: null },
    { name: "note", type: "string", default: "none" },
    { name: "tags", type: { type: "map", values: "int" } },
    {
      name: "lines",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "Line",
          fields: [
            { name: "sku", type: "string" },
            { name: "part", type: ["null", "Line"], default: null },
          ],
        },
      },
    },
    {
      name: "paidBy",
      type: [
        "null",
        { type: "record", name: "Card", fields: [{ name: "last4", type: "string" }] },
        { type: "record", name: "Transfer", fields: [{ name: "iban", type: "string" }] },
      ],
    },
  ],
} as const;
const node = schemaNode(ORDER);
const codec = codecOf(JSON.stringify(ORDER));

const order = {
  orderId: "8f14e45f-ceea-467f-a9d6-0c1f5a8b3c11",
  placedAt: "2026-11-22T09:30:00.000Z",
  total: "129.90",
  count: 2,
  weight: 1.5,
  big: 9_007_199_254_740_991,
  gift: true,
  day: "2026-11-22",
  raw: "AQID",
  mark: "YWJj",
  country: "AT",
  coupon: "WINTER",
  note: "ring twice",
  tags: { a: 1, "b c": 2 },
  lines: [{ sku: "x", part: { sku: "y", part: null } }, { sku: "z" }],
  paidBy: { "shop.Card": { last4: "4242" } },
};

test("a value that fits is a draft, and is itself again", () => {
  const unshown: string[] = [];
  const draft = draftOf(node, order, unshown);
  expect(unshown).toEqual([]);
  expect(valueOf(node, draft)).toEqual({ value: order, problems: [] });
  expect(() => codec.encode(order)).not.toThrow();
});

test("an empty form names what is missing, each at its place, and leaves fields with a default out", () => {
  const { value, problems } = valueOf(node, emptyDraft(node));
  expect(problems.map(({ path }) => path)).toEqual([
    "data.orderId",
    "data.placedAt",
    "data.total",
    "data.count",
    "data.weight",
    "data.big",
    "data.day",
    "data.mark",
    "data.country",
  ]);
  expect(Object.keys(value as object)).not.toContain("coupon");
  expect(Object.keys(value as object)).not.toContain("note");
});

test("what no field can show is named, and nothing else is lost", () => {
  const unshown: string[] = [];
  const draft = draftOf(node, { ...order, extra: 1, count: "two", lines: [{ sku: 7 }] }, unshown);
  expect(unshown).toEqual(["data.extra", "data.count", "data.lines[0].sku"]);
  expect(valueOf(node, draft).value).toMatchObject({ orderId: order.orderId, paidBy: order.paidBy });
});

test("records of a union are named as the codec takes them, null never is", () => {
  const union = schemaNode(ORDER.fields[15].type);
  if (union.kind !== "union") throw new Error("no union");
  const second = unionDraft(union, 2, {});
  expect(valueOf(union, second).value).toEqual({ Transfer: { iban: "" } });
  expect(valueOf(union, unionDraft(union, 0, {})).value).toBeNull();
});

test("a branch that was left keeps what was typed into it", () => {
  const union = schemaNode(["null", "string"]);
  if (union.kind !== "union") throw new Error("no union");
  const typed = unionDraft(union, 1, { 1: { kind: "text", text: "typed" } });
  if (typed.kind !== "union") throw new Error("no union");
  const left = unionDraft(union, 0, typed.drafts);
  if (left.kind !== "union") throw new Error("no union");
  expect(valueOf(union, unionDraft(union, 1, left.drafts)).value).toBe("typed");
});

test("two equal keys of a map are told: one of them would be lost", () => {
  const map = schemaNode({ type: "map", values: "int" });
  const one: Draft = { kind: "text", text: "1" };
  const entries = [
    { id: 0, key: "a", draft: one },
    { id: 1, key: "a", draft: one },
  ];
  expect(valueOf(map, { kind: "map", entries }).problems).toHaveLength(1);
});

test("a record that needs itself does not end the page", () => {
  const endless = schemaNode({ type: "record", name: "Endless", fields: [{ name: "next", type: "Endless" }] });
  expect(valueOf(endless, emptyDraft(endless)).problems).toHaveLength(1);
});

test("words of the schema are found by type and field", () => {
  const docs = docsOf(ORDER);
  expect(docs.get("shop.OrderPlaced")).toBe("Somebody bought something");
  expect(docs.get(docKey("shop.OrderPlaced", "orderId"))).toBe("Ours, not the customer's");
});

describe("the form and the codec agree", () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.integer().map(String),
    fc.double().map(String),
    fc.date().map((date) => (Number.isNaN(date.getTime()) ? "" : date.toISOString())),
    fc.constantFrom(
      "0",
      "-1",
      "12.50",
      "12.5",
      "12.505",
      "99999.99",
      "-0.01",
      "AT",
      "AQID",
      "YWJj",
      "YWJ=",
      "1e3",
      " 7",
      "2147483648",
      "9007199254740993",
    ),
    fc.constantFrom("2026-11-22", "2026-02-30", "2026-11-22T09:30:00Z", "8f14e45f-ceea-467f-a9d6-0c1f5a8b3c11", "é", "\ud800"),
  );
  const leaves = ORDER.fields.slice(0, 11).filter(({ name }) => name !== "gift");

  test.each(leaves.map(({ name, type }) => [name, type] as const))("about %s", async (name, type) => {
    const schema = { type: "record", name: "One", fields: [{ name: "value", type }] };
    const record = schemaNode(schema);
    const judge = codecOf(JSON.stringify(schema));
    const seen = { good: 0, bad: 0 };
    await untilMet(
      () => seen,
      { good: 10, bad: 10 },
      () =>
        fc.assert(
          fc.property(
            fc.oneof({ weight: 1, arbitrary: fc.constant(`${order[name] as string | number}`) }, { weight: 9, arbitrary: texts }),
            (text) => {
              const { value, problems } = valueOf(record, { kind: "record", fields: { value: { kind: "text", text } } });
              const isTaken = takes(() => judge.encode(value));
              seen[isTaken ? "good" : "bad"]++;
              expect(problems.length === 0).toBe(isTaken);
            },
          ),
          { numRuns: 1_000 },
        ),
    );
  });
});

function takes(encode: () => unknown): boolean {
  try {
    encode();
    return true;
  } catch {
    return false;
  }
}
