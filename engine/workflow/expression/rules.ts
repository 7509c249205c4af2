// What an expression may say, beyond what the library checks: places that an event has, and calls that end soon and know no clock.
import type { ASTNode } from "@marcbachmann/cel-js";
import { invalidExpression } from "./complaint.ts";
import { FIELDS, isField } from "./event-facts.ts";
import { FUNCTIONS, METHODS } from "./functions.ts";
import type { Path } from "./path.ts";
import { childrenOf, loopOf, referenceOf } from "./syntax.ts";

export type Variable = "event" | "async";

/** The places that an expression refers to, in each of its variables. */
export type References = Readonly<Record<Variable, readonly Path[]>>;

/** @throws ConfigurationError `INVALID_EXPRESSION` */
export function referencesIn(expression: ASTNode): References {
  const found = { event: new Array<Path>(), async: new Array<Path>() };
  const visit = (node: ASTNode): void => {
    const reference = referenceOf(node);
    if (reference !== null) {
      if (isVariable(reference.root)) found[reference.root].push(checkedPath(node, reference.root, reference.path));
      return;
    }
    checkCall(node);
    childrenOf(node).forEach(visit);
  };
  visit(expression);
  return found;
}

function checkedPath(node: ASTNode, variable: Variable, path: Path): Path {
  const [field] = path;
  if (field === undefined || isField(field)) return path;
  const advice = `An event has ${FIELDS.join(", ")}. Did you mean ${variable}.data.${path.join(".")}?`;
  throw invalid(node, node.start, `an event has no "${field}"`, advice);
}

function checkCall(node: ASTNode): void {
  if (node.op === "call" && !FUNCTIONS.has(node.args[0])) throw unknownCall(node, node.args[0], node.start);
  if (node.op !== "rcall") return;
  const [name, receiver] = node.args;
  if (!METHODS.has(name)) throw unknownCall(node, name, node.input.indexOf(name, receiver.end));
  const variable = loopOf(node)?.variable;
  if (variable?.op === "id" && isVariable(variable.args)) {
    throw invalid(node, variable.start, `${variable.args} is taken`, `Give the items of the list another name, such as item.`);
  }
}

function unknownCall(node: ASTNode, name: string, at: number): Error {
  return invalid(node, at, `there is no ${name}()`, adviceFor(name));
}

function adviceFor(name: string): string {
  switch (name) {
    case "matches":
      return "A regular expression can take very long on some texts. Write startsWith, endsWith, contains, or in.";
    case "map":
    case "join":
    case "split":
    case "bind":
      return `Ask about the items where they are, such as event.data.items.exists(item, item.price > 3).`;
    case "now":
    case "timestamp":
    case "duration":
    case "date":
      return "An expression cannot know the time of day. event.time is in milliseconds since 1970; times of one format compare as text.";
    default:
      return `There are ${[...FUNCTIONS.keys()].join(", ")}, and .${[...METHODS.keys()].join(", .")}.`;
  }
}

function isVariable(name: string): name is Variable {
  return name === "event" || name === "async";
}

function invalid(node: ASTNode, at: number, problem: string, advice: string): Error {
  return invalidExpression({ text: node.input, at, problem, advice });
}
