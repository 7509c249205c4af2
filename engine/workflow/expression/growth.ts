// How the work of an expression grows with the data that it refers to, so that no event can keep a partition from its work (R16).
import type { ASTNode } from "@marcbachmann/cel-js";
import { FUNCTIONS, METHODS, type Calls } from "./functions.ts";
import { childrenOf, loopOf } from "./syntax.ts";

/** Steps of evaluation, tens of nanoseconds each. */
const MAX_WORK = 2 ** 26;

/**
 * The largest weight, as `celValue` counts it, of what a condition may refer to in its events. Of one that looks at each value once it is that
 * of millions of values, and an event's size has a limit; of one such as `tags.all(tag, tag in other)` that of some 2,000.
 */
export function maxWeight(condition: ASTNode): number {
  const degree = degreeOf(condition, null);
  return degree === 0 ? Infinity : (MAX_WORK / sizeOf(condition)) ** (1 / degree);
}

function sizeOf(node: ASTNode): number {
  return childrenOf(node).reduce((sum, child) => sum + sizeOf(child), 1);
}

/**
 * The exponent of that growth. A loop over a part of an event is one more, and so is each operation in it that goes through another part.
 * What belongs to the item of the loop is not counted again: all its items together are no larger than the list.
 * @param item the variable of the innermost loop
 */
function degreeOf(node: ASTNode, item: string | null): number {
  const loop = loopOf(node);
  if (loop === null) return Math.max(ownDegree(node, item), ...childrenOf(node).map((child) => degreeOf(child, item)));
  const inside = loop.variable.op === "id" ? loop.variable.args : null;
  return Math.max(degreeOf(loop.over, item), Number(isLarge(loop.over, item)) + degreeOf(loop.body, inside));
}

function ownDegree(node: ASTNode, item: string | null): number {
  const operands = childrenOf(node).map((operand) => Number(isLarge(operand, item)));
  switch (growthOf(node)) {
    case null:
      return 0;
    case "larger":
      return Math.max(0, ...operands);
    case "smaller":
      return Math.min(...operands);
    case "second":
      return operands[1] ?? 0;
    case "product":
      return operands.reduce((sum, operand) => sum + operand, 0);
  }
}

function growthOf(node: ASTNode): Calls["grows"] | "second" {
  switch (node.op) {
    case "call":
    case "rcall":
      return callsOf(node)?.grows ?? null;
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return "smaller";
    case "in":
      return "second";
    case "+":
      return "larger";
    default:
      return null;
  }
}

/** Not what the expression says itself, numbers and the like, and items. */
function isLarge(node: ASTNode, item: string | null): boolean {
  const isAnyLarge = (nodes: readonly ASTNode[]): boolean => nodes.some((each) => isLarge(each, item));
  switch (node.op) {
    case "id":
      return node.args !== item;
    case "call":
    case "rcall":
      return callsOf(node)?.isLarge === true && isAnyLarge(childrenOf(node));
    case ".":
    case "[]":
      return isLarge(node.args[0], item);
    case "?:":
      return isAnyLarge([node.args[1], node.args[2]]);
    case "+":
    case "list":
    case "map":
      return isAnyLarge(childrenOf(node));
    default:
      return false;
  }
}

function callsOf(node: ASTNode): Calls | undefined {
  if (node.op === "call") return FUNCTIONS.get(node.args[0]);
  return node.op === "rcall" ? METHODS.get(node.args[0]) : undefined;
}
