// JSON for people to edit: indented, and otherwise as it is written. JSON.parse would round numbers and lose keys that come twice.
import { jsonTree, type JsonTree } from "./json-tree.ts";

/** What is no JSON, or nested very deep, as it is. */
export function indentedJson(text: string): string {
  const tree = jsonTree(text);
  return tree === null ? text : written(tree, "");
}

/** Whole numbers that would be others by the time they are sent, as they are written: JSON's are doubles for everybody who reads them. Null: no JSON. */
export function inexactNumbers(text: string): readonly string[] | null {
  // Who types into a megabyte wants to see each letter at once: the tree takes fifty times as long as to see that it has nothing to tell.
  if (!/\d{16}/.test(text)) return isJson(text) ? [] : null;
  const tree = jsonTree(text);
  return tree === null ? null : [...inexactIn(tree)];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function written(tree: JsonTree, indent: string): string {
  const deeper = `${indent}  `;
  switch (tree.kind) {
    case "word":
      return tree.text;
    case "string":
      return JSON.stringify(tree.text);
    case "array":
      return block(
        "[",
        tree.items.map((item) => written(item, deeper)),
        "]",
        indent,
      );
    case "object":
      return block(
        "{",
        tree.entries.map(({ key, value }) => `${JSON.stringify(key)}: ${written(value, deeper)}`),
        "}",
        indent,
      );
  }
}

function block(begin: string, lines: readonly string[], end: string, indent: string): string {
  return lines.length === 0 ? `${begin}${end}` : `${begin}\n${lines.map((line) => `${indent}  ${line}`).join(",\n")}\n${indent}${end}`;
}

function* inexactIn(tree: JsonTree): Generator<string> {
  switch (tree.kind) {
    case "array":
      for (const item of tree.items) yield* inexactIn(item);
      return;
    case "object":
      for (const { value } of tree.entries) yield* inexactIn(value);
      return;
    case "word":
      if (isInexact(tree.text)) yield tree.text;
      return;
    case "string":
  }
}

/** Fractions are rounded by everybody, and nobody minds; of a whole number every digit counts. Of fifteen, each is kept. */
function isInexact(word: string): boolean {
  return /^-?\d+$/.test(word) && BigInt(word) !== BigInt(Math.trunc(Number(word)));
}
