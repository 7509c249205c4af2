// What a form for an event's data holds while it is filled in: a tree beside that of the schema, in which a number may yet be half a number.
import {
  branchName,
  isWrapped,
  type AvroNode,
  type FieldNode,
  type RecordNode,
  type UnionNode,
} from "../../../../engine/schemas/avro/schema-node.ts";

export type Draft =
  /** Texts, numbers, times, symbols: as they are typed. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "truth"; readonly value: boolean }
  | { readonly kind: "nothing" }
  /** A field that is null is left out: its default holds. */
  | { readonly kind: "record"; readonly fields: Readonly<Record<string, Draft | null>> }
  | { readonly kind: "list"; readonly items: readonly ListItem[] }
  | { readonly kind: "map"; readonly entries: readonly MapEntry[] }
  /** Drafts of branches that were chosen before are kept, should they be chosen again. */
  | { readonly kind: "union"; readonly branch: number; readonly drafts: Readonly<Record<number, Draft>> };

/** Ids tell items from each other while they move; they are no data. */
export interface ListItem {
  readonly id: number;
  readonly draft: Draft;
}
export interface MapEntry extends ListItem {
  readonly key: string;
}

/** Records that need themselves end here; such a value cannot be written anyway. */
const MAX_DEPTH = 32;

/** What the form begins with: nothing typed, fields with a default left out. */
export function emptyDraft(node: AvroNode, depth = 0): Draft {
  switch (node.kind) {
    case "null":
      return { kind: "nothing" };
    case "boolean":
      return { kind: "truth", value: false };
    case "record":
      return { kind: "record", fields: eachField(node, (field) => (isRequired(field, depth) ? emptyDraft(field.type, depth + 1) : null)) };
    case "array":
      return { kind: "list", items: [] };
    case "map":
      return { kind: "map", entries: [] };
    case "union":
      return unionDraft(node, 0, {}, depth);
    default:
      return { kind: "text", text: "" };
  }
}

/**
 * A draft that says what a value says.
 * @param unshown gets the places of what no field can show, and the draft lacks
 */
export function draftOf(node: AvroNode, value: unknown, unshown: string[] = [], path = "data"): Draft {
  const unfit = (): Draft => {
    unshown.push(path);
    return emptyDraft(node);
  };
  switch (node.kind) {
    case "null":
      return value === null ? { kind: "nothing" } : unfit();
    case "boolean":
      return typeof value === "boolean" ? { kind: "truth", value } : unfit();
    case "record":
      return isObject(value) ? recordOf(node, value, unshown, path) : unfit();
    case "array":
      if (!Array.isArray(value)) return unfit();
      return { kind: "list", items: value.map((item, id) => ({ id, draft: draftOf(node.items, item, unshown, `${path}[${id}]`) })) };
    case "map":
      if (!isObject(value)) return unfit();
      return {
        kind: "map",
        entries: Object.entries(value).map(([key, item], id) => ({
          id,
          key,
          draft: draftOf(node.values, item, unshown, pathOf(path, key)),
        })),
      };
    case "union":
      return unionOf(node, value, unshown, path) ?? unfit();
    case "int":
    case "long":
    case "float":
    case "double":
      if (node.logical === null) return typeof value === "number" ? { kind: "text", text: String(value) } : unfit();
      return typeof value === "string" ? { kind: "text", text: value } : unfit();
    default:
      return typeof value === "string" ? { kind: "text", text: value } : unfit();
  }
}

/** The union with another branch in force. */
export function unionDraft(node: UnionNode, branch: number, drafts: Readonly<Record<number, Draft>>, depth = 0): Draft {
  const chosen = node.branches[branch];
  const draft = drafts[branch] ?? (chosen === undefined ? { kind: "nothing" as const } : emptyDraft(chosen, depth + 1));
  return { kind: "union", branch, drafts: { ...drafts, [branch]: draft } };
}

/** One that none of them has. */
export function freeId(items: readonly ListItem[]): number {
  return Math.max(-1, ...items.map(({ id }) => id)) + 1;
}

/** A place in data, as one would write it in JavaScript, which is how the server names it. */
export function pathOf(path: string, step: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `${path}.${step}` : `${path}[${JSON.stringify(step)}]`;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function recordOf(node: RecordNode, value: Readonly<Record<string, unknown>>, unshown: string[], path: string): Draft {
  const names = new Set(node.fields.map(({ name }) => name));
  for (const key of Object.keys(value)) if (!names.has(key)) unshown.push(pathOf(path, key));
  return {
    kind: "record",
    fields: eachField(node, (field) => {
      if (Object.hasOwn(value, field.name)) return draftOf(field.type, value[field.name], unshown, pathOf(path, field.name));
      return field.default === null ? emptyDraft(field.type) : null;
    }),
  };
}

function unionOf(node: UnionNode, value: unknown, unshown: string[], path: string): Draft | null {
  for (const [index, branch] of node.branches.entries()) {
    const name = branchName(branch);
    const isNamed = isWrapped(node) && branch.kind !== "null";
    if (isNamed && !(isObject(value) && Object.keys(value).length === 1 && Object.hasOwn(value, name))) continue;
    const inner = isNamed ? (value as Readonly<Record<string, unknown>>)[name] : value;
    const lost: string[] = [];
    const draft = draftOf(branch, inner, lost, isNamed ? pathOf(path, name) : path);
    // What is wrong deep inside is told there; what is wrong with the value itself means another branch.
    if (lost.includes(path)) continue;
    unshown.push(...lost);
    return { kind: "union", branch: index, drafts: { [index]: draft } };
  }
  return null;
}

function eachField(node: RecordNode, draft: (field: FieldNode) => Draft | null): Readonly<Record<string, Draft | null>> {
  return Object.fromEntries(node.fields.map((field) => [field.name, draft(field)]));
}

function isRequired(field: FieldNode, depth: number): boolean {
  return field.default === null && depth < MAX_DEPTH;
}
