// Numbers that would be others by the time they are sent: JSON's are doubles for everybody who reads them here and on the server.
import { jsonTree, type JsonTree } from "../../text/json-tree.ts";

/** As they are written. Null where the text is no JSON. */
export function inexactNumbers(json: string): readonly string[] | null {
  const tree = jsonTree(json);
  return tree === null ? null : [...inexactIn(tree)];
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

/** Fractions are rounded by everybody, and nobody minds; of a whole number every digit counts. */
function isInexact(word: string): boolean {
  return /^-?\d+$/.test(word) && BigInt(word) !== BigInt(Math.trunc(Number(word)));
}
