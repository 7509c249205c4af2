// Any schema, any data, any bytes.
import avro from "avsc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { codecOf } from "../../../../engine/schemas/avro/codec.ts";
import { parseEventSchema } from "../../../../engine/schemas/avro/event-schema.ts";
import { SchemaError } from "../../../../engine/schemas/schema-error.ts";
import { anySchema, dataOf } from "./any-schema.ts";
import { untilMet } from "../../../support/rounds.ts";

const cases = anySchema({ withLogicalTypes: true }).chain((schema) => fc.tuple(fc.constant(schema), dataOf(schema)));

test("what is encoded by any schema is decoded as it was", { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(cases, ([schema, data]) => {
      const codec = codecOf(parseEventSchema(schema, "any").text);
      expect(codec.decode(codec.encode(data))).toStrictEqual(data);
    }),
    { numRuns: 500 },
  );
});

test("another implementation of Avro reads what is encoded, and writes the same bytes", { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(cases, ([schema, data]) => {
      const { text } = parseEventSchema(schema, "any");
      fc.pre(otherIsRightAbout(data));
      const bytes = codecOf(text).encode(data);
      const other = avro.Type.forSchema(JSON.parse(text) as avro.Schema, { wrapUnions: "always" });
      expect(other.toBuffer(other.fromBuffer(bytes)).equals(bytes)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("any bytes are data or an error that says that they are none", { timeout: 30_000 }, async () => {
  const seen = { read: 0, refused: 0 };
  const damaged = cases.chain(([schema, data]) => {
    const bytes = codecOf(parseEventSchema(schema, "any").text).encode(data);
    const changed = fc.array(fc.tuple(fc.nat({ max: Math.max(0, bytes.length - 1) }), fc.nat({ max: 255 })), { maxLength: 3 });
    return fc.tuple(
      fc.constant(schema),
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        changed.map((changes) => withChanges(bytes, changes)),
      ),
    );
  });
  await untilMet(
    () => seen,
    { read: 50, refused: 100 },
    () =>
      fc.assert(
        fc.property(damaged, ([schema, bytes]) => {
          const codec = codecOf(parseEventSchema(schema, "any").text);
          try {
            const data = codec.decode(Buffer.from(bytes));
            seen.read++;
            expect(JSON.parse(JSON.stringify(data))).toEqual(data);
          } catch (error) {
            if (!(error instanceof SchemaError)) throw error;
            seen.refused++;
            expect(error.code).toBe("EVENT_DATA_INVALID");
          }
        }),
        { numRuns: 1_000 },
      ),
  );
});

/** It writes other numbers where they are beyond 2^52, and loses what a map has under this key. */
function otherIsRightAbout(data: unknown): boolean {
  if (typeof data === "number") return Math.abs(data) < 2 ** 52;
  if (typeof data !== "object" || data === null) return true;
  return Object.entries(data).every(([key, value]) => key !== "__proto__" && otherIsRightAbout(value));
}

function withChanges(bytes: Buffer, changes: readonly (readonly [number, number])[]): Uint8Array {
  const changed = Uint8Array.from(bytes);
  for (const [at, byte] of changes) if (at < changed.length) changed[at] = byte;
  return changed;
}
