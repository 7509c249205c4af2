// Expressions of functions name places that the events' Avro schemas have.
import { describe, expect, test } from "vitest";
import { parseEventSchema } from "../../../engine/schemas/avro/event-schema.ts";
import { waitProblems } from "../../../engine/sdk/check-fields.ts";
import { declareFunction, type LooseFunctionOptions } from "../../../engine/sdk/create-function.ts";

const order = parseEventSchema(
  {
    type: "record",
    name: "OrderPlaced",
    event: "order/placed",
    fields: [
      { name: "id", type: "string" },
      { name: "customer", type: { type: "record", name: "Customer", fields: [{ name: "plan", type: "string" }] } },
      { name: "coupon", type: ["null", { type: "record", name: "Coupon", fields: [{ name: "code", type: "string" }] }], default: null },
      { name: "tags", type: { type: "map", values: "string" } },
      { name: "items", type: { type: "array", items: "Coupon" } },
      { name: "total", type: "double" },
      { name: "gift", type: "boolean" },
      { name: "state", type: { type: "enum", name: "State", symbols: ["OPEN", "PAID"] } },
      { name: "ref", type: ["null", "string", "long"], default: null },
      { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 } },
      { name: "payment", type: ["Coupon", "Customer"] },
    ],
  },
  "test",
);
const paid = parseEventSchema(
  { type: "record", name: "OrderPaid", event: "order/paid", fields: [{ name: "orderId", type: "string" }] },
  "test",
);
const schemas = new Map([order, paid].map((schema) => [schema.event, schema]));

function declare(options: Partial<LooseFunctionOptions>): void {
  declareFunction(
    { id: "f", triggers: [{ event: "order/placed" }], ...options },
    () => null,
    (event) => schemas.get(event) ?? null,
  );
}

const condition = (text: string): Partial<LooseFunctionOptions> => ({ triggers: [{ event: "order/placed", if: text }] });

describe("what there is is allowed:", () => {
  test.each([
    "event.data.customer.plan == 'pro'",
    "has(event.data.coupon) && event.data.coupon.code == 'X'",
    "event.data.tags.whatever == 'x'",
    "event.data.items.exists(item, item.code == 'x')",
    "event.data['id'] != event.name",
    "event.data.payment.Customer.plan == 'pro'",
    "event.key == 'a' || event.data != null",
    "event.data.total > 5 && event.data.total <= 7.5 && !event.data.gift",
    "event.data.gift == true || event.data.state in ['OPEN', 'PAID']",
    "event.data.ref == 5 || 'x' == event.data.ref",
    "event.data.price == '12.50'",
  ])("%s", (text) => {
    expect(() => declare(condition(text))).not.toThrow();
  });
});

describe("what there is not is refused, with what there is:", () => {
  test.each<[string, Partial<LooseFunctionOptions>, RegExp]>([
    [
      "if",
      condition("event.data.plan == 'pro'"),
      /the if of trigger "order\/placed": there is no data\.plan: .*data has id, customer, coupon, tags, items, total, gift, state, ref, price, payment/,
    ],
    ["a record inside", condition("event.data.customer.plann == 'pro'"), /data\.customer has plan/],
    ["a record that may be null", condition("event.data.coupon.kode == 'x'"), /data\.coupon has code/],
    ["has", condition("has(event.data.plan)"), /no data\.plan/],
    ["a text", condition("event.data.id.length == 3"), /data\.id is no record/],
    ["a list", condition("event.data.items.code == 'x'"), /data\.items is a list; ask about its items, as in event\.data\.items\.exists/],
    [
      "match",
      { cancelOn: [{ event: "order/paid", match: "data.id" }] },
      /cancelOn "order\/paid": match: there is no data\.id: .*data has orderId/,
    ],
    ["async", { cancelOn: [{ event: "order/paid", if: "event.data.id == async.data.id" }] }, /no data\.id: by the schema of order\/paid/],
    ["event", { cancelOn: [{ event: "order/paid", if: "event.data.orderId == async.data.orderId" }] }, /by the schema of order\/placed/],
    [
      "a key",
      { concurrency: { limit: 1, key: "event.data.customerId" } },
      /concurrency: there is no data\.customerId|key: there is no data\.customerId/,
    ],
    ["a priority", { concurrency: 1, priority: { run: "event.data.urgent ? 60 : 0" } }, /no data\.urgent/],
  ])("%s", (_, options, message) => {
    expect(() => declare(options)).toThrow(message);
    expect(() => declare(options)).toThrow(expect.objectContaining({ code: "INVALID_EXPRESSION" }));
  });
});

describe("nothing is refused of", () => {
  test.each<[string, Partial<LooseFunctionOptions>]>([
    ["an event without a schema", { triggers: [{ event: "other", if: "event.data.anything == 1" }] }],
    ["a wildcard", { triggers: [{ event: "order/*", if: "event.data.anything == 1" }] }],
    [
      "a key that one of the triggers has",
      { triggers: [{ event: "order/placed" }, { event: "order/paid" }], concurrency: { limit: 1, key: "event.data.orderId" } },
    ],
    [
      "a cron among the triggers",
      { triggers: [{ event: "order/placed" }, { cron: "0 9 * * *" }], concurrency: { limit: 1, key: "event.data.tick" } },
    ],
  ])("%s", (_, options) => {
    expect(() => declare(options)).not.toThrow();
  });
});

describe("waits, which are not known before they begin,", () => {
  const problemOf = waitProblems((event) => schemas.get(event) ?? null);
  const wait = (over: object): string | null => problemOf({ event: "order/paid", timeout: "1 day", ...over }, "order/placed");

  test("are compared with the schemas of both events", () => {
    expect(wait({ match: "data.id" })).toBe("match: there is no data.id: by the schema of order/paid, data has orderId");
    expect(wait({ match: "data.orderId" })).toMatch(/by the schema of order\/placed/);
    expect(wait({ if: "async.data.order == event.data.id" })).toMatch(/^if: there is no data.order: by the schema of order\/paid/);
    expect(wait({ if: "async.data.orderId == event.data.ident" })).toMatch(/by the schema of order\/placed/);
    expect(wait({ if: "async.data.orderId == 7" })).toMatch(/they never compare/);
  });

  test("are as they are where they fit, and where an event has no schema", () => {
    expect(wait({ if: "async.data.orderId == event.data.id" })).toBeNull();
    expect(wait({ event: "any", match: "data.id" })).toBeNull();
    expect(wait({})).toBeNull();
    expect(problemOf({ event: "order/paid", match: "data.orderId", timeout: "1 day" }, "any")).toBeNull();
  });
});
