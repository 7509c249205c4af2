// The defaults of a schema, as data: they stand there in Avro's own JSON, which has bytes as characters and times as numbers.
import { bytesToDecimal, bytesToUuid, numberToTime } from "./logical-text.ts";
import { timeKindOf, type LogicalType } from "./logical-type.ts";
import { branchName, isObject, isWrapped, type AvroNode, type UnionNode } from "./schema-node.ts";

/** @throws Error where it is no value of the type */
export function defaultData(node: AvroNode, json: unknown): unknown {
  switch (node.kind) {
    case "null":
      return json === null ? json : refuse(node, json);
    case "boolean":
      return typeof json === "boolean" ? json : refuse(node, json);
    case "int":
      return typeof json === "number" && (json | 0) === json ? ofNumber(json, node) : refuse(node, json);
    case "long":
      return Number.isSafeInteger(json) ? ofNumber(json as number, node) : refuse(node, json);
    case "float":
    case "double":
      return typeof json === "number" ? json : refuse(node, json);
    case "string":
      return typeof json === "string" ? json : refuse(node, json);
    case "bytes":
      return ofBytes(json, null, node);
    case "fixed":
      return ofBytes(json, node.size, node);
    case "enum":
      return typeof json === "string" && node.symbols.includes(json) ? json : refuse(node, json);
    case "array":
      return Array.isArray(json) ? json.map((item) => defaultData(node.items, item)) : refuse(node, json);
    case "map":
      if (!isObject(json)) return refuse(node, json);
      return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, defaultData(node.values, value)]));
    case "union":
      return ofUnion(node, json);
    case "record":
      if (!isObject(json)) return refuse(node, json);
      return Object.fromEntries(
        node.fields.map((field) => {
          const given = Object.hasOwn(json, field.name) ? { json: json[field.name] } : field.default;
          return [field.name, given === null ? refuse(field.type, undefined) : defaultData(field.type, given.json)];
        }),
      );
  }
}

/** Of all fields of all records that a type has: what is wrong with their defaults. */
export function defaultProblems(node: AvroNode, seen = new Set<AvroNode>()): readonly string[] {
  if (seen.has(node)) return [];
  seen.add(node);
  switch (node.kind) {
    case "record":
      return node.fields.flatMap(({ name, type, default: given }) => {
        const inside = defaultProblems(type, seen);
        if (given === null) return inside;
        try {
          defaultData(type, given.json);
          return inside;
        } catch (error) {
          return [`the default of field ${name} of ${node.name}: ${error instanceof Error ? error.message : String(error)}`, ...inside];
        }
      });
    case "array":
      return defaultProblems(node.items, seen);
    case "map":
      return defaultProblems(node.values, seen);
    case "union":
      return node.branches.flatMap((branch) => defaultProblems(branch, seen));
    default:
      return [];
  }
}

/** Avro's newest specification takes any branch, older ones and most libraries the first alone. */
function ofUnion(node: UnionNode, json: unknown): unknown {
  for (const branch of node.branches) {
    try {
      const data = defaultData(branch, json);
      return data === null || !isWrapped(node) ? data : { [branchName(branch)]: data };
    } catch {
      // Then another one.
    }
  }
  return refuse(node, json);
}

function ofNumber(json: number, node: AvroNode & { readonly logical: LogicalType | null }): unknown {
  const kind = timeKindOf(node.logical);
  return kind === null ? json : (numberToTime(kind, json) ?? refuse(node, json));
}

/** Each character is a byte. */
function ofBytes(json: unknown, size: number | null, node: AvroNode & { readonly logical: LogicalType | null }): unknown {
  if (typeof json !== "string") return refuse(node, json);
  const bytes = Buffer.from(json, "latin1");
  if (bytes.toString("latin1") !== json) return refuse(node, json);
  if (size !== null && bytes.length !== size) return refuse(node, json);
  if (node.logical?.kind === "decimal") return bytesToDecimal(node.logical, bytes, size) ?? refuse(node, json);
  return node.logical?.kind === "uuid" ? bytesToUuid(bytes) : bytes.toString("base64");
}

function refuse(node: AvroNode, json: unknown): never {
  const logical = "logical" in node && node.logical !== null ? ` (${node.logical.kind})` : "";
  throw new Error(`${JSON.stringify(json) ?? "nothing"} is no ${branchName(node)}${logical} as Avro writes defaults`);
}
