import { expect, test } from "vitest";
import { SingleObject, fingerprintIn } from "../../../engine/journal/single-object.ts";
import {
  activationV1Schema,
  cellV1Schema,
  claimV1Schema,
  formatV1Schema,
  frameV1Schema,
  knockV1Schema,
  manifestV1Schema,
  messageV1Schema,
  parcelV1Schema,
  trailerV1Schema,
} from "../../../schemas/journal/generated.ts";

/** As a number, as Avro's specification writes it; in the bytes it is little endian. */
function fingerprintOf(schema: object): string {
  const { fingerprint } = new SingleObject<unknown>(schema);
  return Buffer.from(fingerprint, "hex").readBigUInt64LE().toString(16).padStart(16, "0");
}

// Vectors of Avro's own share/test/data/schema-tests.txt.
const VECTORS: readonly (readonly [string, string])[] = [
  ["null", "63dd24e7cc258f8a"],
  ["boolean", "9f42fc78a4d4f764"],
  ["int", "7275d51a3f395c8f"],
  ["long", "d054e14493f41db7"],
  ["float", "4d7c02cb3ea8d790"],
  ["double", "8e7535c032ab957e"],
  ["bytes", "4fc016dac3201965"],
  ["string", "8f014872634503c7"],
];

test.each(VECTORS)("CRC-64-AVRO of %s is what Avro says", (type, expected) => {
  expect(fingerprintOf({ type })).toBe(expected);
});

test("what is not part of the canonical form does not change a fingerprint: documentation, logical types, the order of attributes", () => {
  const plain = { type: "record", name: "R", namespace: "n", fields: [{ name: "a", type: "long" }] };
  const dressed = {
    fields: [{ type: { type: "long", logicalType: "whatever" }, doc: "a", name: "a" }],
    namespace: "n",
    doc: "R",
    name: "R",
    type: "record",
  };
  expect(fingerprintOf(dressed)).toBe(fingerprintOf(plain));
  expect(fingerprintOf({ ...plain, fields: [{ name: "b", type: "long" }] })).not.toBe(fingerprintOf(plain));
});

test("fingerprints are of the parsing canonical form, as Avro's specification defines it", () => {
  const schema = {
    type: "record",
    name: "R",
    namespace: "n",
    doc: "gone",
    fields: [
      { name: "a", doc: "gone", type: ["null", { type: "string", logicalType: "gone" }] },
      { name: "e", type: { type: "enum", name: "E", symbols: ["x", "y"], doc: "gone" } },
      { name: "again", type: "E" },
      { name: "m", type: { type: "map", values: { type: "array", items: "bytes" } } },
    ],
  };
  expect(JSON.stringify(new SingleObject(schema).type.schema())).toBe(
    `{"name":"n.R","type":"record","fields":[{"name":"a","type":["null","string"]},{"name":"e","type":{"name":"n.E","type":"enum","symbols":["x","y"]}},` +
      `{"name":"again","type":"n.E"},{"name":"m","type":{"type":"map","values":{"type":"array","items":"bytes"}}}]}`,
  );
});

// R14: a released schema is never edited. Where this fails, undo the edit and add a version beside it.
const RELEASED: readonly (readonly [string, object, string])[] = [
  ["frame.v1", frameV1Schema, "cbe992b8fdb46228"],
  ["claim.v1", claimV1Schema, "f7c641a3ff5d0274"],
  ["knock.v1", knockV1Schema, "b02ddd9de3c3b739"],
  ["manifest.v1", manifestV1Schema, "de3d038e4cb38977"],
  ["activation.v1", activationV1Schema, "479c3ca841a254d6"],
  ["format.v1", formatV1Schema, "fde046fd510f560c"],
  ["message.v1", messageV1Schema, "6dce5fdeef3236dd"],
  ["cell.v1", cellV1Schema, "3fd72e755bc0b4c4"],
  ["trailer.v1", trailerV1Schema, "84eb3e59d5753d7e"],
  ["parcel.v1", parcelV1Schema, "7aa880596b6e1bc9"],
];

test.each(RELEASED)("%s is as it was released (R14)", (_, schema, expected) => {
  expect(fingerprintOf(schema)).toBe(expected);
});

test("an entry begins with the marker c3 01 and the fingerprint, little endian", () => {
  const int = new SingleObject<number>({ type: "int" });
  expect(int.encode(7).toString("hex")).toBe("c3018f5c393f1ad575720e");
  expect(fingerprintIn(int.encode(7))).toBe("8f5c393f1ad57572");
  expect(int.decode(int.encode(-3))).toBe(-3);
});

test("what is too short or has another marker carries no fingerprint", () => {
  expect(fingerprintIn(Buffer.from("c301", "hex"))).toBeNull();
  expect(fingerprintIn(Buffer.alloc(10))).toBeNull();
  expect(fingerprintIn(Buffer.alloc(0))).toBeNull();
});

test("an entry larger than the buffer that is kept comes out whole, and the next small one too", () => {
  const text = new SingleObject<string>({ type: "string" });
  const long = "é".repeat(6 * 1024 * 1024);
  expect(text.decode(text.encode(long))).toBe(long);
  expect(text.decode(text.encode("a"))).toBe("a");
});
