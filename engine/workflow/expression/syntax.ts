// What is read from the tree of a parsed expression.
import type { ASTNode } from "@marcbachmann/cel-js";
import type { Path } from "./path.ts";

export interface Reference {
  /** The name of a variable. */
  readonly root: string;
  readonly path: Path;
}

/** `event.data.userId`, `event["data"].userId`: a variable, and names that stand there as they are. */
export function referenceOf(node: ASTNode): Reference | null {
  if (node.op === "id") return { root: node.args, path: [] };
  if (node.op !== "." && node.op !== "[]") return null;
  const name = nameIn(node);
  const outer = name === null ? null : referenceOf(node.args[0]);
  return name === null || outer === null ? null : { root: outer.root, path: [...outer.path, name] };
}

function nameIn(node: ASTNode): string | null {
  if (node.op === ".") return node.args[1];
  if (node.op !== "[]") return null;
  const index = node.args[1];
  return index.op === "value" && typeof index.args === "string" ? index.args : null;
}

export interface Loop {
  readonly over: ASTNode;
  readonly variable: ASTNode;
  readonly body: ASTNode;
}

const LOOPS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "filter"]);

/** `list.exists(item, item.price > 3)` */
export function loopOf(node: ASTNode): Loop | null {
  if (node.op !== "rcall" || !LOOPS.has(node.args[0])) return null;
  const [, over, [variable, body]] = node.args;
  return variable === undefined || body === undefined ? null : { over, variable, body };
}

export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "!_":
    case "-_":
      return [node.args];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "map":
      return node.args.flat();
    default:
      return node.args;
  }
}
