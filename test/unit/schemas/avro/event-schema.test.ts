// What may be the schema of an event, and when two of them are the same.
import { expect, test } from "vitest";
import { parseEventSchema } from "../../../../engine/schemas/avro/event-schema.ts";
import { schemaIdOf } from "../../../../engine/schemas/avro/schema-id.ts";

const SCHEMA = { type: "record", name: "UserSignedUp", namespace: "shop", fields: [{ name: "email", type: "string" }] };

test("an event is called as its schema says, else as its record", () => {
  expect(parseEventSchema(SCHEMA, "a.avsc")).toMatchObject({ event: "shop.UserSignedUp", name: "shop.UserSignedUp" });
  expect(parseEventSchema({ ...SCHEMA, event: "user/signed.up" }, "a.avsc")).toMatchObject({
    event: "user/signed.up",
    name: "shop.UserSignedUp",
  });
});

test("the text is the same however a schema is written down", () => {
  const other = {
    doc: "Said once the e-mail is confirmed.",
    fields: [{ doc: "Lower case.", type: { type: "string" }, name: "email", order: "ascending" }],
    name: "shop.UserSignedUp",
    type: "record",
    aliases: [],
  };
  expect(parseEventSchema(other, "b.avsc").text).toBe(parseEventSchema(SCHEMA, "a.avsc").text);
});

test.each([
  ["a default", { fields: [{ name: "email", type: "string", default: "" }] }],
  ["a logical type", { fields: [{ name: "email", type: { type: "string", logicalType: "uuid" } }] }],
  ["an alias of a field", { fields: [{ name: "email", type: "string", aliases: ["mail"] }] }],
  ["an alias of the record", { aliases: ["Registered"] }],
  ["the event's name", { event: "user/signed.up" }],
])("%s makes another text", (_, change) => {
  expect(parseEventSchema({ ...SCHEMA, ...change }, "a.avsc").text).not.toBe(parseEventSchema(SCHEMA, "a.avsc").text);
});

test("a text is its own text, also with names of many namespaces", () => {
  const inner = { type: "record", name: "Inner", namespace: "", fields: [] };
  const deep = {
    ...SCHEMA,
    fields: [
      { name: "a", type: inner },
      { name: "b", type: ".Inner" },
      { name: "c", type: ["null", "UserSignedUp"] },
    ],
  };
  const { text } = parseEventSchema(deep, "a.avsc");
  expect(parseEventSchema(JSON.parse(text), "a.avsc").text).toBe(text);
});

test.each([
  [42, "is no Avro type: 42"],
  ["string", "data of an event is a record, and this is string"],
  [{ ...SCHEMA, event: 1 }, '"event" is the name of an event, not 1'],
  [{ ...SCHEMA, fields: [{ name: "e-mail", type: "string" }] }, 'is called "e-mail": names in Avro'],
  [
    { ...SCHEMA, fields: [{ name: "a", type: "Money" }] },
    'field a of shop.UserSignedUp is of type "Money", which is not defined before it',
  ],
  [{ ...SCHEMA, fields: [{ name: "a", type: "int", default: "1" }] }, 'field a of shop.UserSignedUp: "1" is no int'],
  [{ ...SCHEMA, fields: [{ name: "a", type: { type: "string", logicalType: "date" } }] }, "logical type date cannot stand like this"],
  [{ ...SCHEMA, fields: [{ name: "a", type: ["int", "int"] }] }, "a union with two branches of type int"],
  [{ ...SCHEMA, fields: [{ name: "a", type: { type: "enum", name: "E", symbols: ["A"], default: "B" } }] }, 'is none of its symbols: "B"'],
  [
    {
      ...SCHEMA,
      fields: [
        { name: "a", type: "int" },
        { name: "a", type: "int" },
      ],
    },
    'has two fields "a"',
  ],
  [{ ...SCHEMA, fields: [{ name: "__proto__", type: "int" }] }, "is called __proto__"],
])("%j is refused with the file: %s", (json, message) => {
  expect(() => parseEventSchema(json, "a.avsc")).toThrow(expect.objectContaining({ code: "SCHEMA_INVALID" }));
  expect(() => parseEventSchema(json, "a.avsc")).toThrow(/^a\.avsc cannot be used/);
  expect(() => parseEventSchema(json, "a.avsc")).toThrow(message);
});

test("an id follows from the text, and is one that registries give", () => {
  expect(schemaIdOf(parseEventSchema(SCHEMA, "a.avsc").text)).toBe(schemaIdOf(parseEventSchema(SCHEMA, "b.avsc").text));
  for (let n = 0; n < 1_000; n++) {
    const id = schemaIdOf(`{"n":${n}}`);
    expect(id).toBeGreaterThan(0);
    expect(id).toBeLessThan(2 ** 31);
  }
});
