// The equality in a condition that becomes a wait's key: events are sent only to the partition of the value that they have there.
import type { ASTNode } from "@marcbachmann/cel-js";
import { isComparable, valueOf } from "./value.ts";
import { isShort, type Path } from "./path.ts";
import { referenceOf } from "./syntax.ts";

export interface Equality {
  /** In the awaited event. */
  readonly path: Path;
  /** What it must be equal to: a place in the trigger, or a value. */
  readonly other: { readonly in: "event"; readonly path: Path } | { readonly in: "text"; readonly value: string };
}

/**
 * Null where no equality must hold for the condition to hold. Which one it is depends on the text alone, so that one text is one shape; the
 * first with a place in the trigger is taken, since it tells waits apart best, then one with a string, then any.
 */
export function keyEquality(condition: ASTNode): Equality | null {
  const found = conjuncts(condition).map(equalityIn);
  return found.filter((equality) => equality !== null).toSorted((a, b) => rank(a) - rank(b))[0] ?? null;
}

/** Whether the condition says nothing but one equality. */
export function isOneEquality(condition: ASTNode): boolean {
  return equalityIn(condition) !== null;
}

function conjuncts(node: ASTNode): readonly ASTNode[] {
  return node.op === "&&" ? node.args.flatMap(conjuncts) : [node];
}

function rank({ other }: Equality): number {
  if (other.in === "event") return 0;
  return other.value.startsWith("s:") ? 1 : 2;
}

function equalityIn(node: ASTNode): Equality | null {
  if (node.op !== "==") return null;
  const [left, right] = node.args;
  const path = pathIn("async", left);
  const other = otherSide(path === null ? left : right);
  const mine = path ?? pathIn("async", right);
  return mine === null || other === null ? null : { path: mine, other };
}

function otherSide(node: ASTNode): Equality["other"] | null {
  const path = pathIn("event", node);
  if (path !== null) return { in: "event", path };
  const value = constantOf(node);
  return value === null ? null : { in: "text", value };
}

function pathIn(root: string, node: ASTNode): Path | null {
  const reference = referenceOf(node);
  if (reference === null || reference.root !== root || reference.path.length === 0) return null;
  return isShort(reference.path) ? reference.path : null;
}

function constantOf(node: ASTNode): string | null {
  const negative = node.op === "-_";
  const value = negative ? node.args : node;
  if (value.op !== "value") return null;
  const { args } = value;
  if (typeof args === "bigint" || typeof args === "number") {
    const number = Number(args);
    // A whole number that no double is equal to is equal to nothing in JSON.
    if (typeof args === "bigint" && BigInt(number) !== args) return null;
    return valueOf(negative ? -number : number);
  }
  const isText = typeof args === "string" || typeof args === "boolean";
  return isText && !negative && isComparable(args) ? valueOf(args) : null;
}
