// Expressions are checked where they are written: when a function is created, or a wait asked for.
import { conditionOf } from "./condition.ts";
import { programOf } from "./program.ts";
import type { References, Variable } from "./rules.ts";

/** @throws ConfigurationError `INVALID_EXPRESSION`: what is wrong, where, and what to write instead */
export function checkCondition(text: string, variables: readonly Variable[]): void {
  conditionOf(text, variables.includes("async") ? "wait" : "trigger");
}

/** The places that a condition refers to, in each of its variables. @throws ConfigurationError `INVALID_EXPRESSION` */
export function referencesOf(text: string): References {
  return programOf(text, { use: "wait", types: new Set(["bool"]), butNot: "not true or false" }).references;
}
