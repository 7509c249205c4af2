// What becomes of which type, and what is said of data that does not fit.
import { describe, expect, test } from "vitest";
import { codecOf, resolvingDecoder } from "../../../../engine/schemas/avro/codec.ts";
import { SchemaError } from "../../../../engine/schemas/schema-error.ts";

const DECIMAL = { type: "bytes", logicalType: "decimal", precision: 12, scale: 2 };
const ORDER = {
  type: "record",
  name: "shop.OrderPlaced",
  fields: [
    { name: "id", type: { type: "string", logicalType: "uuid" } },
    { name: "email", type: ["null", "string"], default: null },
    { name: "country", type: { type: "enum", name: "Country", symbols: ["AT", "DE"] }, default: "DE" },
    {
      name: "items",
      type: { type: "array", items: { type: "record", name: "Item", fields: [field("sku", "string"), field("price", DECIMAL)] } },
    },
    { name: "labels", type: { type: "map", values: "long" }, default: {} },
  ],
};
const order = codecOf(JSON.stringify(ORDER));
const ID = "8f14e45f-ceea-467f-a1d0-0d6e4f1c9b3a";

describe("a type's data", () => {
  test.each([
    ["null", null, ""],
    ["boolean", true, "01"],
    ["int", -2_147_483_648, "ffffffff0f"],
    ["long", 2 ** 53 - 1, "feffffffffffff1f"],
    ["long", -(2 ** 53 - 1), "fdffffffffffff1f"],
    ["long", -(2 ** 52) - 1, "8180808080808010"],
    ["long", 2 ** 30, "8080808008"],
    ["float", 0.5, "0000003f"],
    ["double", 0.1, "9a9999999999b93f"],
    ["string", "Grüße", "0e4772c3bcc39f65"],
    ["bytes", "AP8=", "0400ff"],
    [{ type: "fixed", name: "Two", size: 2 }, "AP8=", "00ff"],
    [{ type: "enum", name: "Plan", symbols: ["FREE", "PRO"] }, "PRO", "02"],
    [{ type: "array", items: "int" }, [1, -1], "04020100"],
    [{ type: "map", values: "int" }, { a: 1 }, "0202610200"],
    [["null", "string"], null, "00"],
    [["string", "null"], "a", "000261"],
    [["null", "string", "double", "boolean"], 1, "04000000000000f03f"],
    [["null", "int", "long"], { long: 1 }, "0402"],
    [["string", { type: "long", logicalType: "timestamp-millis" }], { long: "1970-01-01T00:00:00.001Z" }, "0202"],
    [DECIMAL, "12.50", "0404e2"],
    [DECIMAL, "-0.01", "02ff"],
    [DECIMAL, "-1.28", "0280"],
    [DECIMAL, "0.00", "0200"],
    [{ type: "fixed", name: "Money", size: 4, logicalType: "decimal", precision: 6, scale: 0 }, "-2", "fffffffe"],
    [{ type: "string", logicalType: "uuid" }, ID, `48${Buffer.from(ID).toString("hex")}`],
    [{ type: "fixed", name: "Id", size: 16, logicalType: "uuid" }, ID, ID.replaceAll("-", "")],
    [{ type: "int", logicalType: "date" }, "1969-12-31", "01"],
    [{ type: "int", logicalType: "date" }, "+010000-01-01", "c282e602"],
    [{ type: "int", logicalType: "time-millis" }, "00:00:01.000", "d00f"],
    [{ type: "long", logicalType: "time-micros" }, "00:00:00.000001", "02"],
    [{ type: "long", logicalType: "timestamp-millis" }, "1969-12-31T23:59:59.999Z", "01"],
    [{ type: "long", logicalType: "timestamp-micros" }, "1969-12-31T23:59:59.999999Z", "01"],
    [{ type: "long", logicalType: "local-timestamp-millis" }, "1970-01-01T00:00:00.001", "02"],
    [{ type: "long", logicalType: "local-timestamp-micros" }, "1970-01-01T00:00:00.000001", "02"],
    [{ type: "string", logicalType: "made-up" }, "a", "0261"],
  ])("of %j: %j stands as %s, and is read as it was", (type, data, hex) => {
    const codec = codecOf(JSON.stringify(type));
    expect(codec.encode(data).toString("hex")).toBe(hex);
    expect(codec.decode(Buffer.from(hex, "hex"))).toStrictEqual(data);
  });

  test("is taken with fewer digits or another zone, and read in one way", () => {
    const through = (type: unknown, data: unknown): unknown =>
      codecOf(JSON.stringify(type)).decode(codecOf(JSON.stringify(type)).encode(data));
    expect(through(DECIMAL, "12.5")).toBe("12.50");
    expect(through({ type: "long", logicalType: "timestamp-millis" }, "2026-11-22T10:30:00+01:00")).toBe("2026-11-22T09:30:00.000Z");
    expect(through({ type: "long", logicalType: "timestamp-micros" }, "2026-11-22T09:30:00.5Z")).toBe("2026-11-22T09:30:00.500000Z");
    expect(through({ type: "long", logicalType: "timestamp-millis" }, new Date(0))).toBe("1970-01-01T00:00:00.000Z");
    expect(through({ type: "int", logicalType: "time-millis" }, "09:30:00")).toBe("09:30:00.000");
  });

  test("a field that has a default may be left out, and is read as that", () => {
    const data = order.decode(order.encode({ id: ID, items: [] }));
    expect(data).toStrictEqual({ id: ID, email: null, country: "DE", items: [], labels: {} });
  });

  test("a record contains itself", () => {
    const tree = codecOf(JSON.stringify({ type: "record", name: "Tree", fields: [field("of", { type: "array", items: "Tree" })] }));
    const data = { of: [{ of: [] }, { of: [{ of: [] }] }] };
    expect(tree.decode(tree.encode(data))).toStrictEqual(data);
  });
});

describe("data that does not fit", () => {
  const wrong = (data: unknown, codec = order): string => {
    try {
      codec.encode(data);
    } catch (error) {
      if (error instanceof SchemaError && error.code === "EVENT_DATA_INVALID") return error.message;
      throw error;
    }
    throw new Error("it fits");
  };

  test("each wrong place is named", () => {
    expect(
      wrong({
        id: 1,
        email: true,
        country: "FR",
        items: [
          { sku: "a", price: "1.00" },
          { sku: "b", price: 12.5, colour: "red" },
        ],
        labels: { "a b": 0.5 },
      }),
    ).toBe(
      "the data does not fit the schema shop.OrderPlaced: data.id: a text that is a UUID was expected, not 1; " +
        "data.email: null or a text was expected, not true; " +
        'data.country: one of "AT", "DE" was expected, not "FR"; ' +
        "data.items[1].price: a text that is a decimal of 12 digits with 2 places was expected, not 12.5; " +
        "data.items[1].colour: is no field of the schema; " +
        'data.labels["a b"]: a whole number that is exact in JSON, so not beyond 2^53, was expected, not 0.5',
    );
  });

  test("its error has the path of the first", () => {
    expect(() => order.encode({ id: ID, items: [{}] })).toThrow(
      expect.objectContaining({ path: "data.items[0].sku", code: "EVENT_DATA_INVALID" }),
    );
  });

  test("many wrong places are counted", () => {
    const list = codecOf('{"type":"array","items":"int"}');
    expect(
      wrong(
        Array.from({ length: 1_000 }, () => "a"),
        list,
      ),
    ).toContain("and 990 more");
  });

  test.each([
    ["int", 2 ** 31],
    ["int", 1.5],
    ["long", 2 ** 53],
    ["float", 1e39],
    ["double", Number.NaN],
    ["string", "\uD800"],
    ["bytes", "not base64"],
    ["null", undefined],
    [DECIMAL, "12.505"],
    [DECIMAL, "12345678901.00"],
    [DECIMAL, "01.00"],
    [{ type: "int", logicalType: "date" }, "2026-02-30"],
    [{ type: "long", logicalType: "timestamp-micros" }, "0001-01-01T00:00:00.000Z"],
    [{ type: "int", logicalType: "time-millis" }, "24:00:00"],
    [{ type: "long", logicalType: "timestamp-millis" }, "2026-11-22T09:30:00.0001Z"],
    [{ type: "long", logicalType: "timestamp-millis" }, "2026-11-22T09:30:00"],
    [{ type: "long", logicalType: "local-timestamp-millis" }, "2026-11-22T09:30:00Z"],
    [["null", "int", "long"], 1],
    [["null", "int", "long"], { int: 1, long: 1 }],
    [{ type: "array", items: "int" }, { length: 0 }],
    [{ type: "map", values: "int" }, []],
  ])("%j refuses %j", (type, data) => {
    expect(wrong(data, codecOf(JSON.stringify(type)))).toContain("was expected, not");
  });

  test("what an object inherits is no data", () => {
    const codec = codecOf(JSON.stringify({ type: "record", name: "R", fields: [field("constructor", ["null", "string"])] }));
    expect(wrong({}, codec)).toContain("data.constructor: is missing");
  });

  test("values that stand in values without end are refused", () => {
    const list = codecOf(JSON.stringify({ type: "record", name: "List", fields: [field("next", ["null", "List"])] }));
    const endless: { next: unknown } = { next: null };
    endless.next = endless;
    expect(wrong(endless, list)).toContain("values stand in values");
  });
});

describe("bytes that nobody wrote", () => {
  const unreadable = (type: unknown, hex: string): (() => unknown) => {
    const codec = codecOf(JSON.stringify(type));
    return () => codec.decode(Buffer.from(hex, "hex"));
  };

  test.each([
    ["string", "08", "the bytes end too early"],
    ["string", "02ff", "a text is not UTF-8"],
    ["int", "0200", "1 bytes are left over"],
    ["int", "8080808010", "an int has 32 bits"],
    ["long", "ffffffffffffffffff01", "a long is beyond 2^53"],
    ["long", "ffffffffffffffffffff01", "a long takes ten bytes at most"],
    ["boolean", "02", "a boolean is 0 or 1"],
    ["double", "000000000000f87f", "JSON has no NaN"],
    [["null", "int"], "04", "a union has 2 branches"],
    [{ type: "enum", name: "E", symbols: ["A"] }, "02", "has no symbol number 1"],
    [{ type: "int", logicalType: "time-millis" }, "01", "is no time-millis"],
    [DECIMAL, "00", "bytes are no decimal(12, 2)"],
  ])("%j of %s: %s", (type, hex, message) => {
    expect(unreadable(type, hex)).toThrow(message);
    expect(unreadable(type, hex)).toThrow(expect.objectContaining({ code: "EVENT_DATA_INVALID" }));
  });

  test("R16: six bytes that speak of a billion items end soon", () => {
    expect(unreadable({ type: "array", items: "int" }, "808080800802")).toThrow("the bytes end too early");
    expect(unreadable({ type: "array", items: "null" }, "808080800800")).toThrow("too many items without a byte");
  });

  test("R16: a record in itself, thousands of times, ends soon", () => {
    const list = { type: "record", name: "List", fields: [field("next", ["null", "List"])] };
    expect(unreadable(list, `${"02".repeat(10_000)}00`)).toThrow("more than 256 deep");
  });
});

describe("a reader with another schema", () => {
  const write = (schema: object, data: unknown): Buffer => codecOf(JSON.stringify(schema)).encode(data);
  const record = (...fields: object[]): object => ({ type: "record", name: "R", fields });

  test("reads what was written years ago: fields come, go, are renamed and widened", () => {
    const v1 = record(field("old", "string"), field("count", "int"), field("mail", "string"));
    const v3 = record(
      field("count", "double"),
      { ...field("email", "string"), aliases: ["mail"] },
      { ...field("tags", { type: "array", items: "string" }), default: ["new"] },
    );
    const decode = resolvingDecoder(JSON.stringify(v1), JSON.stringify(v3));
    const body = write(v1, { old: "gone", count: 3, mail: "a@example.org" });
    expect(decode(body)).toStrictEqual({ count: 3, email: "a@example.org", tags: ["new"] });
  });

  test("takes a symbol that it does not know for its default", () => {
    const plan = (symbols: string[], other: object = {}): object =>
      record(field("plan", { type: "enum", name: "Plan", symbols, ...other }));
    const decode = resolvingDecoder(
      JSON.stringify(plan(["FREE", "TEAM"])),
      JSON.stringify(plan(["FREE", "UNKNOWN"], { default: "UNKNOWN" })),
    );
    expect(decode(write(plan(["FREE", "TEAM"]), { plan: "TEAM" }))).toEqual({ plan: "UNKNOWN" });
  });

  test("defaults are the event's own", () => {
    const decode = resolvingDecoder(
      JSON.stringify(record()),
      JSON.stringify(record({ ...field("tags", { type: "map", values: "int" }), default: {} })),
    );
    const first = decode(Buffer.alloc(0)) as { tags: Record<string, number> };
    first.tags["a"] = 1;
    expect(decode(Buffer.alloc(0))).toEqual({ tags: {} });
  });

  test("defaults of bytes and times are read as data", () => {
    const reader = record(
      { ...field("price", DECIMAL), default: "\u0004\u00e2" },
      { ...field("at", { type: "long", logicalType: "timestamp-millis" }), default: 0 },
    );
    expect(resolvingDecoder(JSON.stringify(record()), JSON.stringify(reader))(Buffer.alloc(0))).toEqual({
      price: "12.50",
      at: "1970-01-01T00:00:00.000Z",
    });
  });

  test("is refused where it could not read, with the fields", () => {
    const reader = record(field("a", "int"), field("b", "string"));
    expect(() => resolvingDecoder(JSON.stringify(record(field("a", "string"))), JSON.stringify(reader))).toThrow(
      expect.objectContaining({ code: "SCHEMA_INCOMPATIBLE", path: "a" }),
    );
  });
});

function field(name: string, type: unknown): { name: string; type: unknown } {
  return { name, type };
}
