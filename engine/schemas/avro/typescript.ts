// A module of TypeScript for schemas of events: what their data is, as the codec takes and gives it, and the schemas themselves.
import type { EventSchema } from "./event-schema.ts";
import { timeKindOf, type LogicalType } from "./logical-type.ts";
import { expectedText } from "./logical-text.ts";
import {
  branchName,
  isWrapped,
  schemaNode,
  unqualified,
  type AvroNode,
  type EnumNode,
  type FieldNode,
  type RecordNode,
  type UnionNode,
} from "./schema-node.ts";

/** Its text, formatted as most formatters would. Equal for equal schemas, in whatever order they are given. */
export function typesModule(schemas: readonly EventSchema[]): string {
  const sorted = schemas.toSorted((a, b) => (a.event < b.event ? -1 : 1));
  const names = new TypeNames(["Events", "schemas", "avro"]);
  const types = new Map(sorted.map((schema) => [schema.event, names.of(schemaNode(schema.json))]));
  const events = sorted.map(({ event }) => `  ${JSON.stringify(event)}: ${types.get(event)};\n`).join("");
  const values = sorted.map(({ event, json }) => `  ${JSON.stringify(event)}: avro<${types.get(event)}>(${indented(json)}),\n`).join("");
  return `${[
    `// Made from schemas of events by \`millrace schemas generate\`. Do not edit.\nimport { avro } from "millrace";`,
    `/** Data by the name of its event. */\nexport interface Events {\n${events}}`,
    ...names.declarations,
    `/** For \`new Millrace({ id, events: schemas })\`. */\nexport const schemas = {\n${values}};`,
  ].join("\n\n")}\n`;
}

/** Names for the records and enums of all schemas: one declaration for those that are the same. */
class TypeNames {
  readonly #taken: Set<string>;
  /** By what it says; the name alone does not tell, since each schema has its own version of it. */
  readonly #named = new Map<string, string>();
  readonly #texts: string[] = [];

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  get declarations(): readonly string[] {
    return this.#texts;
  }

  of(node: AvroNode): string {
    switch (node.kind) {
      case "record":
      case "enum":
        return this.#reference(node);
      case "array": {
        const items = this.of(node.items);
        return `readonly ${/^readonly|\|/.test(items) ? `(${items})` : items}[]`;
      }
      case "map":
        return `{ readonly [key: string]: ${this.of(node.values)} }`;
      case "union":
        return this.#union(node);
      case "null":
      case "boolean":
        return node.kind;
      case "int":
      case "long":
      case "float":
      case "double":
        return timeKindOf(node.logical) === null ? "number" : "string";
      case "bytes":
      case "string":
      case "fixed":
        return "string";
    }
  }

  #union(node: UnionNode): string {
    const isNamed = isWrapped(node);
    const branches = node.branches.map((branch) => {
      const type = this.of(branch);
      return isNamed && branch.kind !== "null" ? `{ readonly ${JSON.stringify(branchName(branch))}: ${type} }` : type;
    });
    // As people write it.
    return branches.toSorted((a, b) => Number(a === "null") - Number(b === "null")).join(" | ");
  }

  #reference(node: RecordNode | EnumNode): string {
    const key = JSON.stringify(described(node, new Map()));
    const known = this.#named.get(key);
    if (known !== undefined) return known;
    const name = this.#free(node.name);
    this.#named.set(key, name);
    const index = this.#texts.push("") - 1;
    this.#texts[index] = node.kind === "enum" ? declaredEnum(name, node) : this.#declaredRecord(name, node);
    return name;
  }

  #declaredRecord(name: string, node: RecordNode): string {
    const fields = node.fields.map(
      (field) => `${commented(field.type)}  readonly ${field.name}${isOptional(field) ? "?" : ""}: ${this.of(field.type)};\n`,
    );
    return `export interface ${name} {\n${fields.join("")}}`;
  }

  /** Its own name; if another has that, with its namespace; at last with a number. */
  #free(full: string): string {
    const parts = full.split(".").map(capitalised);
    const candidates = [capitalised(unqualified(full)), parts.join("")];
    for (let number = 0; ; number++) {
      const name = candidates[number] ?? `${capitalised(unqualified(full))}${number}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }
}

/** All that makes the type of its values, and nothing else: as a value that can be compared as text. */
function described(node: AvroNode, seen: Map<AvroNode, number>): unknown {
  const known = seen.get(node);
  if (known !== undefined) return known;
  seen.set(node, seen.size);
  switch (node.kind) {
    case "record": {
      const fields = node.fields.map((field) => [field.name, isOptional(field), described(field.type, seen)]);
      return [node.kind, node.name, fields];
    }
    case "enum":
      return [node.kind, node.name, node.symbols];
    case "array":
      return [node.kind, described(node.items, seen)];
    case "map":
      return [node.kind, described(node.values, seen)];
    case "union":
      return [node.kind, node.branches.map((branch) => described(branch, seen))];
    case "fixed":
      return [node.kind, node.name, node.size, node.logical];
    default:
      return [node.kind, node.logical];
  }
}

/** Nobody needs to say that there is none. */
function isOptional({ type, default: given }: FieldNode): boolean {
  return given !== null && given.json === null && type.kind === "union" && type.branches.some(({ kind }) => kind === "null");
}

function declaredEnum(name: string, node: EnumNode): string {
  return `export type ${name} = ${node.symbols.map((symbol) => JSON.stringify(symbol)).join(" | ")};`;
}

/** What `string` and `number` do not tell. */
function commented(type: AvroNode): string {
  const [only, other] = type.kind === "union" ? type.branches.filter(({ kind }) => kind !== "null") : [type];
  const words = only === undefined || other !== undefined ? null : remark(only);
  return words === null ? "" : `  /** ${words} */\n`;
}

function remark(node: AvroNode): string | null {
  const logical: LogicalType | null = "logical" in node ? node.logical : null;
  if (logical !== null) return sentence(expectedText(logical).replace(/^a text that is /, ""));
  if (node.kind === "bytes") return "Base64.";
  if (node.kind === "fixed") return `Base64 of ${node.size} bytes.`;
  if (node.kind === "int") return "A whole number of 32 bits.";
  return node.kind === "long" ? "A whole number, at most 2^53." : null;
}

function sentence(words: string): string {
  return `${capitalised(words)}.`;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function indented(json: object): string {
  return JSON.stringify(json, null, 2).replaceAll("\n", "\n  ");
}
