// A schema as a graph of types: names resolved, logical types understood. Everything about schemas works on this.
// https://avro.apache.org/docs/1.12.0/specification/
import { logicalTypeOf, type LogicalType } from "./logical-type.ts";

export const PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] as const;
export type Primitive = (typeof PRIMITIVES)[number];

export type AvroNode = PrimitiveNode | FixedNode | EnumNode | RecordNode | ArrayNode | MapNode | UnionNode;

export interface PrimitiveNode {
  readonly kind: Primitive;
  readonly logical: LogicalType | null;
}

interface Named {
  /** With its namespace. */
  readonly name: string;
  /** With their namespaces. */
  readonly aliases: readonly string[];
}

export interface FixedNode extends Named {
  readonly kind: "fixed";
  readonly size: number;
  readonly logical: LogicalType | null;
}

export interface EnumNode extends Named {
  readonly kind: "enum";
  readonly symbols: readonly string[];
  /** What a reader takes a symbol for that it does not have. */
  readonly default: string | null;
}

export interface RecordNode extends Named {
  readonly kind: "record";
  readonly fields: readonly FieldNode[];
}

export interface FieldNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroNode;
  /** As it stands in the schema: Avro's JSON, of the underlying type. */
  readonly default: { readonly json: unknown } | null;
}

export interface ArrayNode {
  readonly kind: "array";
  readonly items: AvroNode;
}

export interface MapNode {
  readonly kind: "map";
  readonly values: AvroNode;
}

export interface UnionNode {
  readonly kind: "union";
  readonly branches: readonly AvroNode[];
}

/** @throws Error what is wrong and where, in the words of one who knows the schema's text */
export function schemaNode(json: unknown): AvroNode {
  return new Reading().type(json, "", "the schema");
}

/** What JSON makes of a type's values; the branches of a union that are of one kind have to be told apart by name. */
export function jsonKindOf(node: Exclude<AvroNode, UnionNode>): "null" | "boolean" | "number" | "text" | "list" | "object" {
  switch (node.kind) {
    case "null":
    case "boolean":
      return node.kind;
    case "int":
    case "long":
    case "float":
    case "double":
      return node.logical === null ? "number" : "text";
    case "bytes":
    case "string":
    case "fixed":
    case "enum":
      return "text";
    case "array":
      return "list";
    case "map":
    case "record":
      return "object";
  }
}

/** Whether the values of its branches stand in JSON as `{ "name of the branch": value }`. Null never does. */
export function isWrapped(union: UnionNode): boolean {
  const kinds = union.branches.map((branch) => (branch.kind === "union" ? "union" : jsonKindOf(branch)));
  return new Set(kinds).size < kinds.length;
}

/** As Avro's own JSON names it: the full name, else that of the underlying type. */
export function branchName(node: AvroNode): string {
  return "name" in node ? node.name : node.kind;
}

class Reading {
  readonly #named = new Map<string, AvroNode>();

  type(json: unknown, namespace: string, where: string): AvroNode {
    if (typeof json === "string") return this.#reference(json, namespace, where);
    if (Array.isArray(json)) return this.#union(json, namespace, where);
    if (!isObject(json)) throw new Error(`${where} is no Avro type: ${shown(json)}`);
    const { type } = json;
    switch (type) {
      case "record":
      case "error":
        return this.#record(json, namespace, where);
      case "enum":
        return this.#enum(json, namespace, where);
      case "fixed":
        return this.#fixed(json, namespace, where);
      case "array":
        return { kind: "array", items: this.type(json["items"], namespace, `the items of ${where}`) };
      case "map":
        return { kind: "map", values: this.type(json["values"], namespace, `the values of ${where}`) };
      default: {
        const underlying = this.type(type, namespace, where);
        if (!isPrimitive(underlying)) return underlying;
        // `{ "type": { "type": "long", "logicalType": … } }` has it inside.
        return json["logicalType"] === undefined
          ? underlying
          : { kind: underlying.kind, logical: logicalTypeOf(json, underlying.kind, null) };
      }
    }
  }

  #reference(name: string, namespace: string, where: string): AvroNode {
    if (isPrimitiveName(name)) return { kind: name, logical: null };
    const full = qualified(name, namespace);
    const found = this.#named.get(full);
    if (found === undefined) throw new Error(`${where} is of type ${shown(name)}, which is not defined before it`);
    return found;
  }

  #union(json: readonly unknown[], namespace: string, where: string): UnionNode {
    const branches = json.map((branch, index) => this.type(branch, namespace, `branch ${index + 1} of ${where}`));
    if (branches.length === 0) throw new Error(`${where} is a union without branches`);
    const names = new Set<string>();
    for (const branch of branches) {
      if (branch.kind === "union") throw new Error(`${where} is a union in a union`);
      const name = branchName(branch);
      if (names.has(name)) throw new Error(`${where} is a union with two branches of type ${name}`);
      names.add(name);
    }
    return { kind: "union", branches };
  }

  #record(json: Json, namespace: string, where: string): RecordNode {
    const fields: FieldNode[] = [];
    const record: RecordNode = { kind: "record", ...this.#name(json, namespace, where), fields };
    // Before its fields: they may refer to it.
    this.#define(record, where);
    const inner = namespaceOf(record.name);
    if (!Array.isArray(json["fields"])) throw new Error(`${where} (${record.name}) is a record without a list of fields`);
    for (const field of json["fields"] as readonly unknown[]) fields.push(this.#field(field, record.name, inner));
    const names = fields.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`${record.name} has two fields "${twice}"`);
    return record;
  }

  #field(json: unknown, record: string, namespace: string): FieldNode {
    if (!isObject(json)) throw new Error(`a field of ${record} is no object: ${shown(json)}`);
    const name = simpleName(json["name"], `a field of ${record}`);
    // JSON's objects cannot be trusted with it: setting it sets their prototype.
    if (name === "__proto__") throw new Error(`a field of ${record} is called __proto__: choose another name`);
    const aliases = texts(json["aliases"], `the aliases of ${record}.${name}`);
    const type = this.type(json["type"], namespace, `field ${name} of ${record}`);
    return { name, aliases, type, default: json["default"] === undefined ? null : { json: json["default"] } };
  }

  #enum(json: Json, namespace: string, where: string): EnumNode {
    const named = this.#name(json, namespace, where);
    const symbols = texts(json["symbols"], `the symbols of ${named.name}`);
    for (const symbol of symbols) simpleName(symbol, `a symbol of ${named.name}`);
    if (symbols.length === 0) throw new Error(`${named.name} is an enum without symbols`);
    if (new Set(symbols).size < symbols.length) throw new Error(`${named.name} has a symbol twice`);
    const fallback = json["default"] ?? null;
    if (fallback !== null && (typeof fallback !== "string" || !symbols.includes(fallback))) {
      throw new Error(`the default of ${named.name} is none of its symbols: ${shown(fallback)}`);
    }
    return this.#define({ kind: "enum", ...named, symbols, default: fallback }, where);
  }

  #fixed(json: Json, namespace: string, where: string): FixedNode {
    const named = this.#name(json, namespace, where);
    const size = json["size"];
    if (typeof size !== "number" || !Number.isInteger(size) || size < 0) throw new Error(`${named.name} has no size in bytes`);
    return this.#define({ kind: "fixed", ...named, size, logical: logicalTypeOf(json, "fixed", size) }, where);
  }

  #define<T extends AvroNode & Named>(node: T, where: string): T {
    if (this.#named.has(node.name)) throw new Error(`${where} defines ${node.name} a second time: refer to it by its name`);
    this.#named.set(node.name, node);
    return node;
  }

  #name(json: Json, namespace: string, where: string): Named {
    const { name } = json;
    if (typeof name !== "string" || name === "") throw new Error(`${where} is a ${String(json["type"])} without a name`);
    const own = typeof json["namespace"] === "string" ? json["namespace"] : namespace;
    const full = qualified(name, own);
    for (const part of full.split(".")) simpleName(part, where);
    if (isPrimitiveName(full)) throw new Error(`${where} is called ${full}, as one of Avro's own types`);
    const inner = namespaceOf(full);
    return { name: full, aliases: texts(json["aliases"], `the aliases of ${full}`).map((alias) => qualified(alias, inner)) };
  }
}

export function qualified(name: string, namespace: string): string {
  if (name.startsWith(".")) return name.slice(1);
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

export function namespaceOf(full: string): string {
  return full.slice(0, Math.max(0, full.lastIndexOf(".")));
}

export function unqualified(full: string): string {
  return full.slice(full.lastIndexOf(".") + 1);
}

type Json = Readonly<Record<string, unknown>>;

export function isObject(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

export function isPrimitiveName(name: unknown): name is Primitive {
  return (PRIMITIVES as readonly unknown[]).includes(name);
}

function isPrimitive(node: AvroNode): node is PrimitiveNode {
  return isPrimitiveName(node.kind);
}

function simpleName(name: unknown, what: string): string {
  if (typeof name === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new Error(`${what} is called ${shown(name)}: names in Avro have letters of a to z, digits and _, and begin with no digit`);
}

function texts(json: unknown, what: string): readonly string[] {
  if (json === undefined) return [];
  if (Array.isArray(json) && json.every((item) => typeof item === "string")) return json;
  throw new Error(`${what} are no list of texts: ${shown(json)}`);
}

function shown(json: unknown): string {
  return json === undefined ? "nothing" : JSON.stringify(json).slice(0, 100);
}
