// What is said about two schemas, and what their decoder does, held against another implementation of Avro.
import avro from "avsc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { codecOf, resolvingDecoder } from "../../../../engine/schemas/avro/codec.ts";
import { readProblems } from "../../../../engine/schemas/avro/compatibility.ts";
import { anySchema, dataOf, SYMBOLS } from "./any-schema.ts";
import { untilMet } from "../../../support/rounds.ts";

/** A writer's schema, and a reader's that is a changed copy of it. */
const pairs = anySchema({ withLogicalTypes: false, fields: 3 }).chain((writer) =>
  fc.tuple(
    fc.constant(writer),
    fc.infiniteStream(fc.nat({ max: 39 })).map((chances) => changed(writer, chances) as object),
  ),
);

test("two schemas have no problems exactly where another implementation of Avro resolves them", { timeout: 30_000 }, async () => {
  const seen = { changedAndFits: 0, differs: 0 };
  await untilMet(
    () => seen,
    { changedAndFits: 30, differs: 5 },
    () =>
      fc.assert(
        fc.property(pairs, ([writer, reader]) => {
          const problems = readProblems(JSON.stringify(reader), JSON.stringify(writer));
          const fits = otherResolves(reader, writer);
          if (!fits) seen.differs++;
          else if (JSON.stringify(reader) !== JSON.stringify(writer)) seen.changedAndFits++;
          expect({ problems, fits: problems.length === 0 }).toEqual({ problems, fits });
        }),
        { numRuns: 1_200 },
      ),
  );
});

test(
  "what one schema writes is read by another that has no problems with it, and what it reads fits that one",
  { timeout: 30_000 },
  async () => {
    let read = 0;
    const cases = pairs.chain(([writer, reader]) => fc.tuple(fc.constant(writer), fc.constant(reader), dataOf(writer)));
    await untilMet(
      () => ({ read }),
      { read: 100 },
      () =>
        fc.assert(
          fc.property(cases, ([writer, reader, data]) => {
            const texts = [JSON.stringify(writer), JSON.stringify(reader)] as const;
            if (readProblems(texts[1], texts[0]).length > 0) {
              expect(() => resolvingDecoder(...texts)).toThrow("cannot be read");
              return;
            }
            const body = codecOf(texts[0]).encode(data);
            const codec = codecOf(texts[1]);
            const asReader = decodedUnlessNoText(resolvingDecoder(...texts), body);
            if (asReader === null) return;
            expect(codec.decode(codec.encode(asReader))).toStrictEqual(asReader);
            read++;
          }),
          { numRuns: 1_200 },
        ),
    );
  },
);

/** Bytes may be read as text, and need not be one: null. */
function decodedUnlessNoText(decode: (body: Buffer) => unknown, body: Buffer): unknown {
  try {
    return decode(body);
  } catch (error) {
    if (error instanceof Error && error.message.includes("is not UTF-8")) return null;
    throw error;
  }
}

function otherResolves(reader: object, writer: object): boolean {
  // It wants types to be its own, and registers names in its options.
  const [readerType, writerType] = [reader, writer].map((schema) =>
    avro.Type.forSchema(structuredClone(schema) as avro.Schema, { wrapUnions: "always" }),
  );
  try {
    if (readerType !== undefined && writerType !== undefined) readerType.createResolver(writerType);
    return true;
  } catch {
    return false;
  }
}

/** Each place of a schema stays as it is, mostly, and is else changed in one of the ways in which schemas are. */
function changed(type: unknown, chances: Iterator<number>): unknown {
  const { value: chance = 0 } = chances.next() as { readonly value?: number };
  if (Array.isArray(type)) {
    const branches = type.map((branch) => changed(branch, chances));
    const shorter = chance === 1 && branches.length > 1 ? branches.slice(1) : branches;
    const next = chance === 2 ? [...branches, "string"] : shorter;
    return distinct(next) ? next : type;
  }
  if (typeof type === "string") {
    // A reference stays one.
    if (type.includes(".") || chance > 9) return type;
    const wider: Readonly<Record<string, unknown>> = { int: "long", long: "double", float: "double", string: "bytes", bytes: "string" };
    return chance < 7
      ? (wider[type] ?? type)
      : chance === 7
        ? ["null", type].slice(type === "null" ? 1 : 0)
        : type === "int"
          ? "string"
          : "int";
  }
  const schema = type as {
    type: string;
    size?: number;
    symbols?: string[];
    items?: unknown;
    values?: unknown;
    fields?: { name: string; type: unknown }[];
  };
  switch (schema.type) {
    case "array":
      return { ...schema, items: changed(schema.items, chances) };
    case "map":
      return { ...schema, values: changed(schema.values, chances) };
    case "fixed":
      return chance === 1 ? { ...schema, size: (schema.size ?? 0) + 1 } : schema;
    case "enum":
      if (chance > 6) return schema;
      return { ...schema, symbols: SYMBOLS.slice(chance % 2, 3), ...(chance > 3 ? { default: "B" } : {}) };
    default: {
      const fields = (schema.fields ?? []).map((field) => ({ ...field, type: changed(field.type, chances) }));
      if (chance === 0) return { ...schema, fields: fields.slice(1) };
      if (chance === 1) return { ...schema, fields: [...fields, { name: "added", type: "string" }] };
      if (chance < 6) return { ...schema, fields: [{ name: "added", type: { type: "array", items: "int" }, default: [1, 2] }, ...fields] };
      if (chance < 9) {
        return { ...schema, fields: fields.map((field) => ({ ...field, name: `${field.name}new`, aliases: [field.name] })) };
      }
      return schema;
    }
  }
}

function distinct(branches: readonly unknown[]): boolean {
  const kinds = branches.map((branch) => {
    if (typeof branch === "string") return branch;
    const { type, name } = branch as { type: string; name?: string };
    return name ?? type;
  });
  return new Set(kinds).size === kinds.length && !branches.some((branch) => Array.isArray(branch));
}
