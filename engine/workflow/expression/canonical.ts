// One writing for expressions that are the same but for blanks, quotes, brackets that need not be there, and `["name"]` for `.name`: who
// compares two of them, or counts by them, goes by this.
import type { ASTNode } from "@marcbachmann/cel-js";
import { referenceOf } from "./syntax.ts";

const NAME = /^[A-Za-z_]\w*$/;
/** Words of the language, which are no names behind a dot everywhere. */
const WORDS: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
);
/** What stands as it is beside an operator. */
const CLOSED: ReadonlySet<string> = new Set(["value", "id", ".", ".?", "[]", "[?]", "call", "rcall", "list", "map"]);

/** It is parsed as `node` is. */
export function canonical(node: ASTNode): string {
  const reference = referenceOf(node);
  if (reference !== null) return reference.root + reference.path.map(named).join("");
  switch (node.op) {
    case "value":
      return typeof node.args === "string" ? JSON.stringify(node.args) : node.input.slice(node.range.start, node.range.end);
    case "id":
      return node.args;
    case ".":
    case ".?":
      return `${closed(node.args[0])}${node.op}${node.args[1]}`;
    case "[]":
      return `${closed(node.args[0])}[${canonical(node.args[1])}]`;
    case "[?]":
      return `${closed(node.args[0])}[?${canonical(node.args[1])}]`;
    case "call":
      return `${node.args[0]}(${listed(node.args[1])})`;
    case "rcall":
      return `${closed(node.args[1])}.${node.args[0]}(${listed(node.args[2])})`;
    case "list":
      return `[${listed(node.args)}]`;
    case "map":
      return `{${node.args.map(([key, value]) => `${canonical(key)}: ${canonical(value)}`).join(", ")}}`;
    case "!_":
      return `!${closed(node.args)}`;
    case "-_":
      return `-${closed(node.args)}`;
    case "?:":
      return `${closed(node.args[0])} ? ${closed(node.args[1])} : ${closed(node.args[2])}`;
    default: {
      const [left, right] = node.args;
      // Operators of one kind are read from the left.
      return `${left.op === node.op ? canonical(left) : closed(left)} ${node.op} ${closed(right)}`;
    }
  }
}

function named(name: string): string {
  return NAME.test(name) && !WORDS.has(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function closed(node: ASTNode): string {
  return CLOSED.has(node.op) ? canonical(node) : `(${canonical(node)})`;
}

function listed(nodes: readonly ASTNode[]): string {
  return nodes.map(canonical).join(", ");
}
