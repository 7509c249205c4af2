// Which reader cannot read what, in words.
import { expect, test } from "vitest";
import { compatibilityProblems, incompatibilityShown, readProblems } from "../../../../engine/schemas/avro/compatibility.ts";

const record = (...fields: object[]): string => JSON.stringify({ type: "record", name: "shop.Order", fields });
const field = (name: string, type: unknown, more: object = {}): object => ({ name, type, ...more });
const decimal = (precision: number, scale: number): object => ({ type: "bytes", logicalType: "decimal", precision, scale });
const long = (logicalType: string): object => ({ type: "long", logicalType });
const plan = (symbols: string[], more: object = {}): object => ({ type: "enum", name: "Plan", symbols, ...more });
const fixed = (size: number, name = "Hash"): object => ({ type: "fixed", name, size });

test.each([
  ["a field more, without a default", record(field("a", "int")), record(), "a: it was not written, and the reader has no default for it"],
  ["another type", record(field("a", "int")), record(field("a", "string")), "a: it was written as string, and the reader has int"],
  ["a narrower number", record(field("a", "int")), record(field("a", "long")), "a: it was written as long, and the reader has int"],
  [
    "null, where there was none",
    record(field("a", "string")),
    record(field("a", ["null", "string"])),
    "a: it may be written as null, and the reader has string",
  ],
  [
    "a branch more",
    record(field("a", ["null", "int"])),
    record(field("a", ["null", "int", "string"])),
    "a: it may be written as string, and the reader has [null, int]",
  ],
  [
    "a symbol more",
    record(field("a", plan(["FREE"]))),
    record(field("a", plan(["FREE", "PRO"]))),
    "a: it may be written as PRO, which the reader does not have, nor a default symbol",
  ],
  ["another size", record(field("a", fixed(4))), record(field("a", fixed(8))), "a: it was written as 8 bytes, and the reader has 4"],
  [
    "another name",
    record(field("a", fixed(4))),
    record(field("a", fixed(4, "Sum"))),
    "a: it was written as shop.Sum, and the reader has shop.Hash without an alias of that name",
  ],
  [
    "another scale",
    record(field("a", decimal(9, 3))),
    record(field("a", decimal(9, 2))),
    "a: it was written as decimal(9, 2), and the reader takes the bytes for decimal(9, 3)",
  ],
  [
    "a lower precision",
    record(field("a", decimal(8, 2))),
    record(field("a", decimal(9, 2))),
    "a: it was written as decimal(9, 2), and the reader takes the bytes for decimal(8, 2)",
  ],
  [
    "another unit of time",
    record(field("a", long("timestamp-millis"))),
    record(field("a", long("timestamp-micros"))),
    "a: it was written as timestamp-micros, and the reader takes the bytes for timestamp-millis",
  ],
  [
    "a text as the bytes of a decimal",
    record(field("a", decimal(9, 2))),
    record(field("a", "string")),
    "a: it was written as string, and the reader takes the bytes for decimal(9, 2)",
  ],
  [
    "something deep inside",
    record(
      field("items", {
        type: "array",
        items: ["null", { type: "record", name: "Item", fields: [field("price", { type: "map", values: "int" })] }],
      }),
    ),
    record(
      field("items", {
        type: "array",
        items: ["null", { type: "record", name: "Item", fields: [field("price", { type: "map", values: "string" })] }],
      }),
    ),
    "items[].price{}: it was written as string, and the reader has int",
  ],
])("%s is found", (_, reader, writer, said) => {
  expect(readProblems(reader, writer).map(({ path, problem }) => `${path}: ${problem}`)).toEqual([said]);
});

test.each([
  ["a field more, with a default", record(field("a", "int", { default: 0 })), record()],
  ["a field less", record(), record(field("a", "int"))],
  ["a new name and the old one as an alias", record(field("b", "int", { aliases: ["a"] })), record(field("a", "int"))],
  ["a wider number", record(field("a", "double")), record(field("a", "int"))],
  ["null as well", record(field("a", ["null", "string"])), record(field("a", "string"))],
  ["a symbol that falls back", record(field("a", plan(["FREE"], { default: "FREE" }))), record(field("a", plan(["FREE", "PRO"])))],
  ["a higher precision", record(field("a", decimal(12, 2))), record(field("a", decimal(9, 2)))],
  ["a meaning for what had none", record(field("a", long("timestamp-millis"))), record(field("a", "long"))],
  ["another namespace", record(), JSON.stringify({ type: "record", name: "store.Order", fields: [] })],
  ["another name with an alias", JSON.stringify({ type: "record", name: "Sale", aliases: ["shop.Order"], fields: [] }), record()],
])("%s is fine", (_, reader, writer) => {
  expect(readProblems(reader, writer)).toEqual([]);
});

test("the mode says who has to read what, and the versions are named", () => {
  const v1 = record(field("a", "string"));
  const v2 = record();
  const next = record(field("a", "int"));
  const said = (mode: Parameters<typeof compatibilityProblems>[0]): string[] =>
    compatibilityProblems(mode, next, [v1, v2]).map(incompatibilityShown);
  const toV2 =
    "field a: a reader with version 3 cannot read what version 2 writes: it was not written, and the reader has no default for it";
  const toV1 = "field a: a reader with version 3 cannot read what version 1 writes: it was written as string, and the reader has int";
  const fromV1 = "field a: a reader with version 1 cannot read what version 3 writes: it was written as int, and the reader has string";
  expect(said("NONE")).toEqual([]);
  expect(said("BACKWARD")).toEqual([toV2]);
  expect(said("BACKWARD_TRANSITIVE")).toEqual([toV2, toV1]);
  expect(said("FORWARD")).toEqual([]);
  expect(said("FORWARD_TRANSITIVE")).toEqual([fromV1]);
  expect(said("FULL")).toEqual([toV2]);
  expect(said("FULL_TRANSITIVE")).toEqual([toV2, toV1, fromV1]);
  expect(compatibilityProblems("FULL_TRANSITIVE", next, [])).toEqual([]);
});

test("types that refer to each other many times over are compared once each", () => {
  // Without that there would be 2^40 ways through them.
  const ladder = (type: string): string => {
    let inner: unknown = { type: "record", name: "R0", fields: [field("f", type)] };
    for (let depth = 1; depth <= 40; depth++) {
      inner = { type: "record", name: `R${depth}`, fields: [field("a", ["null", inner]), field("b", ["null", `R${depth - 1}`])] };
    }
    return JSON.stringify(inner);
  };
  expect(readProblems(ladder("long"), ladder("int"))).toEqual([]);
  const [first, second, ...others] = readProblems(ladder("int"), ladder("long"));
  expect(first?.path).toBe(`${"a.".repeat(40)}f`);
  expect(second).toMatchObject({ path: `${"a.".repeat(39)}b`, problem: `R0 does not fit, as said of ${"a.".repeat(40)}f` });
  expect(others).toHaveLength(39);
});

test("a record that contains itself breaks where it does, also by way of itself", () => {
  const tree = (type: string): string => record(field("left", ["null", "Order"]), field("value", type), field("right", ["null", "Order"]));
  expect(readProblems(tree("long"), tree("int"))).toEqual([]);
  expect(readProblems(tree("int"), tree("long")).map(({ path }) => path)).toEqual(["value"]);
});
