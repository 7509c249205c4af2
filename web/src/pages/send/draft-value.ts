// The value that a draft stands for, and what is wrong with it, each at its place.
import { expectedText, isUuid, timeToNumber } from "../../../../engine/schemas/avro/logical-text.ts";
import { timeKindOf, type LogicalType } from "../../../../engine/schemas/avro/logical-type.ts";
import {
  branchName,
  isWrapped,
  type AvroNode,
  type EnumNode,
  type RecordNode,
  type UnionNode,
} from "../../../../engine/schemas/avro/schema-node.ts";

import { pathOf, type Draft } from "./draft.ts";

export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** The value is as complete as can be: what is wrong in it is there as it was typed. */
export function valueOf(node: AvroNode, draft: Draft): { readonly value: unknown; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const value = new Reading(problems).value(node, draft, "data");
  return { value, problems };
}

class Reading {
  readonly #problems: Problem[];

  constructor(problems: Problem[]) {
    this.#problems = problems;
  }

  value(node: AvroNode, draft: Draft, path: string): unknown {
    switch (draft.kind) {
      case "nothing":
        return null;
      case "truth":
        return draft.value;
      case "record":
        return node.kind === "record" ? this.#record(node, draft, path) : null;
      case "list":
        if (node.kind !== "array") return null;
        return draft.items.map((item, index) => this.value(node.items, item.draft, `${path}[${index}]`));
      case "map":
        return node.kind === "map" ? this.#map(node.values, draft, path) : null;
      case "union":
        return node.kind === "union" ? this.#union(node, draft, path) : null;
      case "text":
        return this.#text(node, draft.text, path);
    }
  }

  #record(node: RecordNode, draft: Draft & { kind: "record" }, path: string): unknown {
    const entries: [string, unknown][] = [];
    for (const field of node.fields) {
      const given = draft.fields[field.name] ?? null;
      if (given !== null) entries.push([field.name, this.value(field.type, given, pathOf(path, field.name))]);
      else if (field.default === null) this.#say(pathOf(path, field.name), "is missing");
    }
    return Object.fromEntries(entries);
  }

  #map(values: AvroNode, draft: Draft & { kind: "map" }, path: string): unknown {
    const keys = draft.entries.map(({ key }) => key);
    const twice = keys.find((key, index) => keys.indexOf(key) !== index);
    if (twice !== undefined) this.#say(path, `the key ${JSON.stringify(twice)} is there twice: change one of them`);
    return Object.fromEntries(draft.entries.map(({ key, draft: inner }) => [key, this.value(values, inner, pathOf(path, key))]));
  }

  #union(node: UnionNode, { branch, drafts }: Draft & { kind: "union" }, path: string): unknown {
    const chosen = node.branches[branch];
    const inner = drafts[branch];
    if (chosen === undefined || inner === undefined) return null;
    if (chosen.kind === "null" || !isWrapped(node)) return this.value(chosen, inner, path);
    const name = branchName(chosen);
    return { [name]: this.value(chosen, inner, pathOf(path, name)) };
  }

  #text(node: AvroNode, text: string, path: string): unknown {
    switch (node.kind) {
      case "int":
      case "long":
      case "float":
      case "double":
        return node.logical === null ? this.#number(node.kind, text, path) : this.#logical(node.logical, text, path);
      case "string":
        if (node.logical !== null) return this.#logical(node.logical, text, path);
        if (!text.isWellFormed()) this.#say(path, "a text of whole Unicode characters was expected");
        return text;
      case "bytes":
        if (node.logical !== null) return this.#logical(node.logical, text, path);
        return this.#base64(text, null, path);
      case "fixed":
        if (node.logical !== null) return this.#logical(node.logical, text, path);
        return this.#base64(text, node.size, path);
      case "enum":
        return this.#symbol(node, text, path);
      default:
        return text;
    }
  }

  #number(kind: "int" | "long" | "float" | "double", text: string, path: string): unknown {
    const number = text.trim() === "" ? Number.NaN : Number(text);
    if (isNumberOf(kind, number)) return number;
    this.#say(path, `${NUMBERS[kind]} was expected`);
    return text;
  }

  #logical(logical: LogicalType, text: string, path: string): unknown {
    const time = timeKindOf(logical);
    const isRight = time !== null ? timeToNumber(time, text) !== null : logical.kind === "uuid" ? isUuid(text) : isDecimal(logical, text);
    if (!isRight) this.#say(path, `${expectedText(logical)} was expected`);
    return text;
  }

  #base64(text: string, size: number | null, path: string): unknown {
    const bytes = bytesIn(text);
    if (bytes === null || (size !== null && bytes !== size)) {
      this.#say(path, `a text in base64${size === null ? "" : ` of ${size} bytes`} was expected`);
    }
    return text;
  }

  #symbol(node: EnumNode, text: string, path: string): unknown {
    if (!node.symbols.includes(text)) this.#say(path, `one of ${node.symbols.join(", ")} was expected`);
    return text;
  }

  #say(path: string, message: string): void {
    this.#problems.push({ path, message });
  }
}

const NUMBERS = {
  int: "a whole number of 32 bits",
  long: "a whole number, not beyond 2^53,",
  float: "a number of single precision",
  double: "a number",
} as const;

function isNumberOf(kind: keyof typeof NUMBERS, number: number): boolean {
  if (kind === "int") return (number | 0) === number;
  if (kind === "long") return Number.isSafeInteger(number);
  return Number.isFinite(kind === "float" ? Math.fround(number) : number);
}

function isDecimal(logical: LogicalType, text: string): boolean {
  if (logical.kind !== "decimal") return false;
  const match = /^-?(0|[1-9]\d*)(?:\.(\d+))?$/.exec(text);
  if (match === null) return false;
  const [, whole = "", places = ""] = match;
  if (places.length > logical.scale) return false;
  return (whole + places.padEnd(logical.scale, "0")).replace(/^0+/, "").length <= logical.precision;
}

/** How many bytes a text in base64 says; null where it is none. */
function bytesIn(text: string): number | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  try {
    const bytes = atob(text);
    // Bits that say nothing have to be zero, or the text is not what the bytes would be written as.
    return btoa(bytes) === text ? bytes.length : null;
  } catch {
    return null;
  }
}
