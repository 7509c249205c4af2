// What an expression compares places in events with, where that stands in it as it is: `event.data.plan == 'pro'`, `event.data.size in [1, 2]`.
import type { ASTNode } from "@marcbachmann/cel-js";
import type { Path } from "./path.ts";
import { programOf } from "./program.ts";
import type { Variable } from "./rules.ts";
import { childrenOf, referenceOf } from "./syntax.ts";

export interface Comparison {
  readonly variable: Variable;
  readonly path: Path;
  readonly with: string | number | boolean;
}

const COMPARES: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** Of a condition that was checked before. @throws ConfigurationError `INVALID_EXPRESSION` */
export function comparisonsOf(text: string): readonly Comparison[] {
  const { ast } = programOf(text, { use: "wait", types: new Set(["bool"]), butNot: "not true or false" });
  const found: Comparison[] = [];
  const visit = (node: ASTNode): void => {
    const [left, right] = childrenOf(node);
    if (left !== undefined && right !== undefined) {
      if (COMPARES.has(node.op)) found.push(...compared(left, right), ...compared(right, left));
      if (node.op === "in" && right.op === "list") for (const item of childrenOf(right)) found.push(...compared(left, item));
    }
    childrenOf(node).forEach(visit);
  };
  visit(ast);
  return found;
}

function compared(place: ASTNode, literal: ASTNode): readonly Comparison[] {
  const reference = referenceOf(place);
  if (reference === null || literal.op !== "value" || (reference.root !== "event" && reference.root !== "async")) return [];
  const { root: variable, path } = reference;
  const value: unknown = literal.args;
  if (typeof value === "bigint") return [{ variable, path, with: Number(value) }];
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? [{ variable, path, with: value }] : [];
}
