// Data to Avro's bytes: a function for each type of a schema, made once. Checks while it writes, and goes on after what is wrong.
import { decimalToBytes, expectedText, isUuid, timeToNumber, uuidToBytes } from "./logical-text.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { defaultData } from "./default-value.ts";
import { timeKindOf, type LogicalType, type TimeKind } from "./logical-type.ts";
import type { Problems } from "./problems.ts";
import {
  branchName,
  isWrapped,
  jsonKindOf,
  type AvroNode,
  type EnumNode,
  type Primitive,
  type RecordNode,
  type UnionNode,
} from "./schema-node.ts";

/** Leaves something that cannot be read where it finds a problem. */
export type Encode = (value: unknown, to: ByteWriter, problems: Problems) => void;

/** Of values in values, as a reader takes them. */
const MAX_DEPTH = 256;

export function encoderOf(node: AvroNode): Encode {
  return new Making().type(node);
}

class Making {
  readonly #records = new Map<RecordNode, Encode>();

  type(node: AvroNode): Encode {
    switch (node.kind) {
      case "record":
        return this.#record(node);
      case "union":
        return isWrapped(node) ? this.#wrapped(node) : this.#union(node);
      case "array":
        return arrayOf(this.type(node.items));
      case "map":
        return mapOf(this.type(node.values));
      case "enum":
        return enumOf(node);
      case "fixed":
        return bytesOf(node.logical, node.size);
      case "bytes":
        return bytesOf(node.logical, null);
      case "null":
      case "boolean":
      case "float":
      case "double":
        return SIMPLE[node.kind];
      case "string":
        return node.logical?.kind === "uuid" ? uuid : text;
      case "int":
      case "long": {
        const time = timeKindOf(node.logical);
        return time === null ? SIMPLE[node.kind] : timeOf(time);
      }
    }
  }

  #record(node: RecordNode): Encode {
    const known = this.#records.get(node);
    if (known !== undefined) return known;
    const fields: { name: string; encode: Encode; isOptional: boolean; fallback: () => unknown }[] = [];
    const names = new Set(node.fields.map(({ name }) => name));
    const encode: Encode = (value, to, problems) => {
      if (!isObject(value)) return problems.add("an object", value);
      if (++problems.depth > MAX_DEPTH) problems.say(`values stand in values more than ${MAX_DEPTH} deep`);
      else {
        let found = 0;
        for (const field of fields) {
          const { name } = field;
          const before = problems.count;
          // What is not its own is no data: `constructor`, which every object inherits.
          const given = Object.hasOwn(value, name) ? (found++, value[name]) : undefined;
          if (given === undefined && !field.isOptional) problems.say("is missing");
          else field.encode(given === undefined ? field.fallback() : given, to, problems);
          if (problems.count > before) problems.prefix(before, name);
        }
        const keys = Object.keys(value);
        if (keys.length > found) tellUnknown(keys, names, value, problems);
      }
      problems.depth--;
    };
    this.#records.set(node, encode);
    for (const { name, type, default: given } of node.fields) {
      const fallback = given === null ? undefined : defaultData(type, given.json);
      fields.push({ name, encode: this.type(type), isOptional: given !== null, fallback: () => fallback });
    }
    return encode;
  }

  /** The branch follows from what JSON makes of the value. */
  #union(node: UnionNode): Encode {
    const byKind = new Map<string, { index: number; encode: Encode }>();
    node.branches.forEach((branch, index) => {
      if (branch.kind !== "union") byKind.set(jsonKindOf(branch), { index, encode: this.type(branch) });
    });
    const expected = [...byKind.keys()].map((kind) => KINDS_SHOWN[kind] ?? kind).join(" or ");
    return (value, to, problems) => {
      const branch = byKind.get(kindOf(value));
      if (branch === undefined) return problems.add(expected, value);
      to.byte(branch.index << 1);
      branch.encode(value, to, problems);
    };
  }

  #wrapped(node: UnionNode): Encode {
    const byName = new Map(node.branches.map((branch, index) => [branchName(branch), { index, encode: this.type(branch) }]));
    const nullBranch = byName.get("null");
    byName.delete("null");
    const expected = `${nullBranch === undefined ? "" : "null or "}an object with one of the keys ${[...byName.keys()].join(", ")}`;
    return (value, to, problems) => {
      if (value === null && nullBranch !== undefined) return to.long(nullBranch.index);
      const [name, ...others] = isObject(value) ? Object.keys(value) : [];
      const branch = name === undefined || others.length > 0 ? undefined : byName.get(name);
      if (branch === undefined || name === undefined || !isObject(value)) return problems.add(expected, value);
      to.long(branch.index);
      const before = problems.count;
      branch.encode(value[name], to, problems);
      problems.prefix(before, name);
    };
  }
}

const KINDS_SHOWN: Readonly<Record<string, string>> = {
  null: "null",
  boolean: "true or false",
  number: "a number",
  text: "a text",
  list: "a list",
  object: "an object",
};

const text: Encode = (value, to, problems) => {
  if (typeof value !== "string") problems.add("a text", value);
  else if (!value.isWellFormed()) problems.add("a text of whole Unicode characters", value);
  else to.text(value);
};

const uuid: Encode = (value, to, problems) => {
  if (typeof value === "string" && isUuid(value)) to.text(value);
  else problems.add(expectedText({ kind: "uuid" }), value);
};

const SIMPLE: Readonly<Record<Exclude<Primitive, "bytes" | "string">, Encode>> = {
  null: (value, _to, problems) => {
    if (value !== null) problems.add("null", value);
  },
  boolean: (value, to, problems) => {
    if (typeof value === "boolean") to.byte(value ? 1 : 0);
    else problems.add("true or false", value);
  },
  int: (value, to, problems) => {
    if (typeof value === "number" && (value | 0) === value) to.long(value);
    else problems.add("a whole number of 32 bits", value);
  },
  long: (value, to, problems) => {
    if (Number.isSafeInteger(value)) to.long(value as number);
    else problems.add("a whole number that is exact in JSON, so not beyond 2^53,", value);
  },
  float: (value, to, problems) => {
    if (typeof value === "number" && Number.isFinite(Math.fround(value))) to.float(value);
    else problems.add("a number of single precision", value);
  },
  double: (value, to, problems) => {
    if (typeof value === "number" && Number.isFinite(value)) to.double(value);
    else problems.add("a number", value);
  },
};

function timeOf(kind: TimeKind): Encode {
  const expected = expectedText({ kind });
  return (given, to, problems) => {
    // As JSON would have it.
    const value = given instanceof Date && kind.startsWith("timestamp") && !Number.isNaN(given.getTime()) ? given.toISOString() : given;
    const number = typeof value === "string" ? timeToNumber(kind, value) : null;
    if (number === null) problems.add(expected, value);
    else to.long(number);
  };
}

/** @param size of a fixed; null for bytes, which say their own */
function bytesOf(logical: LogicalType | null, size: number | null): Encode {
  const expected = logical === null ? `a text in base64${size === null ? "" : ` of ${size} bytes`}` : expectedText(logical);
  return (value, to, problems) => {
    const bytes = typeof value === "string" ? bytesIn(value, logical, size) : null;
    if (bytes === null) return problems.add(expected, value);
    if (size === null) to.long(bytes.length);
    to.raw(bytes);
  };
}

function bytesIn(value: string, logical: LogicalType | null, size: number | null): Buffer | null {
  if (logical?.kind === "decimal") return decimalToBytes(logical, value, size);
  if (logical?.kind === "uuid") return uuidToBytes(value);
  const bytes = Buffer.from(value, "base64");
  // Node passes over what is no base64.
  return bytes.toString("base64") === value && (size === null || bytes.length === size) ? bytes : null;
}

function enumOf(node: EnumNode): Encode {
  const indexes = new Map(node.symbols.map((symbol, index) => [symbol, index]));
  const expected = `one of ${node.symbols.map((symbol) => JSON.stringify(symbol)).join(", ")}`;
  return (value, to, problems) => {
    const index = typeof value === "string" ? indexes.get(value) : undefined;
    if (index === undefined) problems.add(expected, value);
    else to.long(index);
  };
}

function arrayOf(items: Encode): Encode {
  return (value, to, problems) => {
    if (!Array.isArray(value)) return problems.add("a list", value);
    const { length } = value;
    if (length > 0) to.long(length);
    for (let index = 0; index < length; index++) {
      const before = problems.count;
      items(value[index], to, problems);
      if (problems.count > before) problems.prefix(before, index);
    }
    to.long(0);
  };
}

function mapOf(values: Encode): Encode {
  return (value, to, problems) => {
    if (!isObject(value)) return problems.add("an object", value);
    // JSON leaves out what is undefined.
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    if (keys.length > 0) to.long(keys.length);
    for (const key of keys) {
      const before = problems.count;
      text(key, to, problems);
      values(value[key], to, problems);
      if (problems.count > before) problems.prefix(before, key);
    }
    to.long(0);
  };
}

/** They would be lost in silence. */
function tellUnknown(
  keys: readonly string[],
  names: ReadonlySet<string>,
  value: Readonly<Record<string, unknown>>,
  problems: Problems,
): void {
  for (const key of keys) {
    if (names.has(key) || value[key] === undefined) continue;
    const before = problems.count;
    problems.say("is no field of the schema");
    problems.prefix(before, key);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return "text";
  if (Array.isArray(value)) return "list";
  return value instanceof Date ? "text" : typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
