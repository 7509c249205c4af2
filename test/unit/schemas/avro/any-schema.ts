// Any schema, and any data that fits it.
import fc from "fast-check";
import { branchName, isWrapped, schemaNode, type AvroNode } from "../../../../engine/schemas/avro/schema-node.ts";

/** As an .avsc file has it: a record. Every named type has a name of its own. */
export function anySchema(options: { readonly withLogicalTypes: boolean; readonly fields?: number }): fc.Arbitrary<object> {
  return fc
    .array(anyType(options.withLogicalTypes), { minLength: 1, maxLength: options.fields ?? 5 })
    .map((types) => named({ type: "record", fields: types.map((type, index) => ({ name: `f${index}`, type })) }, { next: 0 }) as object);
}

const LOGICAL = [
  { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 },
  { type: "bytes", logicalType: "decimal", precision: 30, scale: 0 },
  { type: "fixed", size: 8, logicalType: "decimal", precision: 18, scale: 18 },
  { type: "string", logicalType: "uuid" },
  { type: "fixed", size: 16, logicalType: "uuid" },
  { type: "int", logicalType: "date" },
  { type: "int", logicalType: "time-millis" },
  { type: "long", logicalType: "time-micros" },
  { type: "long", logicalType: "timestamp-millis" },
  { type: "long", logicalType: "timestamp-micros" },
  { type: "long", logicalType: "local-timestamp-millis" },
  { type: "long", logicalType: "local-timestamp-micros" },
];

function anyType(withLogicalTypes: boolean): fc.Arbitrary<unknown> {
  const { type } = fc.letrec<{ type: unknown; branch: unknown }>((tie) => ({
    type: fc.oneof({ depthSize: "small", withCrossShrink: true }, { weight: 2, arbitrary: tie("branch") }, union(tie("branch"))),
    branch: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 4, arbitrary: fc.constantFrom("null", "boolean", "int", "long", "float", "double", "bytes", "string") },
      { weight: withLogicalTypes ? 3 : 0, arbitrary: fc.constantFrom(...LOGICAL) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 20 }).map((size) => ({ type: "fixed", size })) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((size) => ({ type: "enum", symbols: SYMBOLS.slice(0, size) })) },
      { weight: 1, arbitrary: tie("type").map((items) => ({ type: "array", items })) },
      { weight: 1, arbitrary: tie("type").map((values) => ({ type: "map", values })) },
      {
        weight: 1,
        arbitrary: fc.array(tie("type"), { maxLength: 3 }).map((types) => ({
          type: "record",
          // Each may contain itself.
          fields: [...types, ["null", "SELF"]].map((type, index) => ({ name: `g${index}`, type })),
        })),
      },
    ),
  }));
  return type;
}

export const SYMBOLS = ["A", "B", "C", "D"];

function union(branch: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.uniqueArray(branch, { minLength: 1, maxLength: 4, selector: kindOf });
}

/** Of unnamed types a union has one each. */
function kindOf(type: unknown): unknown {
  if (typeof type === "string") return type;
  const kind = (type as { readonly type: string }).type;
  return ["record", "enum", "fixed"].includes(kind) ? type : kind;
}

/** Gives names to what must have one, and turns SELF into the name of the record around it. */
function named(type: unknown, names: { next: number }, self = ""): unknown {
  if (type === "SELF") return self;
  if (typeof type === "string") return type;
  if (Array.isArray(type)) return type.map((branch) => named(branch, names, self));
  const schema = type as { type: string; items?: unknown; values?: unknown; fields?: { name: string; type: unknown }[] };
  const mustHaveName = ["record", "enum", "fixed"].includes(schema.type);
  const name = `${schema.type}${names.next++}`;
  return {
    ...schema,
    ...(mustHaveName ? { name: `any.${name}` } : {}),
    ...(schema.items === undefined ? {} : { items: named(schema.items, names, self) }),
    ...(schema.values === undefined ? {} : { values: named(schema.values, names, self) }),
    ...(schema.fields === undefined
      ? {}
      : { fields: schema.fields.map((field) => ({ ...field, type: named(field.type, names, `any.${name}`) })) }),
  };
}

/** Data as a decoder gives it. */
export function dataOf(schema: object): fc.Arbitrary<unknown> {
  return dataOfNode(schemaNode(schema), 0);
}

const wellFormed = fc.string({ unit: "grapheme", maxLength: 40 });

function dataOfNode(node: AvroNode, depth: number): fc.Arbitrary<unknown> {
  switch (node.kind) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "float":
      return fc.float({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
    case "double":
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
    case "int":
    case "long":
      return node.logical === null ? wholeNumbers(node.kind) : timeText(node.logical.kind);
    case "string":
      return node.logical === null ? wellFormed : fc.uuid();
    case "bytes":
    case "fixed": {
      if (node.logical?.kind === "uuid") return fc.uuid();
      if (node.logical?.kind === "decimal") return decimalText(node.logical.precision, node.logical.scale);
      const size = node.kind === "fixed" ? { minLength: node.size, maxLength: node.size } : { maxLength: 40 };
      return fc.uint8Array(size).map((bytes) => Buffer.from(bytes).toString("base64"));
    }
    case "enum":
      return fc.constantFrom(...node.symbols);
    case "array":
      return fc.array(dataOfNode(node.items, depth + 1), { maxLength: depth > 3 ? 0 : 3 });
    case "map":
      return fc
        .dictionary(fc.oneof(wellFormed, fc.constant("__proto__")), dataOfNode(node.values, depth + 1), { maxKeys: depth > 3 ? 0 : 3 })
        .map((map) => JSON.parse(JSON.stringify(map)) as unknown);
    case "union": {
      // A record that contains itself must end somewhere.
      const branches = depth > 3 && node.branches.some(({ kind }) => kind === "null") ? node.branches.slice(0, 1) : node.branches;
      return fc.constantFrom(...branches).chain((branch) => {
        const data = dataOfNode(branch, depth + 1);
        return branch.kind === "null" || !isWrapped(node) ? data : data.map((value) => ({ [branchName(branch)]: value }));
      });
    }
    case "record":
      return fc
        .tuple(...node.fields.map(({ type }) => dataOfNode(type, depth + 1)))
        .map((values) => Object.fromEntries(node.fields.map(({ name }, index) => [name, values[index]])));
  }
}

function wholeNumbers(kind: "int" | "long"): fc.Arbitrary<number> {
  return kind === "int"
    ? fc.integer()
    : fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(2 ** 53 - 1, 1 - 2 ** 53, -(2 ** 52) - 1));
}

function decimalText(precision: number, scale: number): fc.Arbitrary<string> {
  const most = 10n ** BigInt(precision) - 1n;
  return fc.bigInt({ min: -most, max: most }).map((number) => {
    const digits = String(number < 0n ? -number : number).padStart(scale + 1, "0");
    const point = digits.length - scale;
    return `${number < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? "." : ""}${digits.slice(point)}`;
  });
}

function timeText(kind: string): fc.Arbitrary<string> {
  const date = fc.date({
    noInvalidDate: true,
    min: new Date(kind.endsWith("micros") ? "1850-01-01" : "0001-01-01"),
    max: new Date("2200-01-01"),
  });
  return fc.tuple(date, fc.integer({ min: 0, max: 999 })).map(([at, micros]) => {
    const iso = at.toISOString().slice(0, -1) + (kind.endsWith("micros") ? String(micros).padStart(3, "0") : "");
    if (kind === "date") return iso.slice(0, 10);
    if (kind.startsWith("time-")) return iso.slice(11);
    return kind.startsWith("local") ? iso : `${iso}Z`;
  });
}
