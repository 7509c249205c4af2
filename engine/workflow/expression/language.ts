// CEL as conditions on events have it: the library's, with numbers that mix. https://github.com/google/cel-spec
import { Environment } from "@marcbachmann/cel-js";
import type { Variable } from "./rules.ts";

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
};

/** `async` is there where an event is awaited. */
export const LANGUAGES: Readonly<Record<"trigger" | "wait", Environment>> = {
  trigger: language(["event"]),
  wait: language(["event", "async"]),
};

/**
 * Numbers of JSON are doubles, and 2 in an expression is an int, which in CEL do not add up. Here they do, and the result is a double; CEL
 * compares them already, but for those whose types are known from the text alone, as in `size(x) == 1.0`.
 */
function language(variables: readonly Variable[]): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false });
  for (const variable of variables) environment.registerVariable(variable, "map<string, dyn>");
  environment.registerOperator("int == double: bool", (left: bigint, right: number) => Number(left) === right);
  environment.registerOperator("double % double: double", (left: number, right: number) => left % right);
  for (const [sign, calculate] of Object.entries(ARITHMETIC)) {
    environment.registerOperator(`int ${sign} double: double`, (left: bigint, right: number) => calculate(Number(left), right));
    environment.registerOperator(`double ${sign} int: double`, (left: number, right: bigint) => calculate(left, Number(right)));
  }
  return environment;
}
