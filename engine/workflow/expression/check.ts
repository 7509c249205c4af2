// Expressions are checked where they are written: when a function is created, or a wait asked for.
import { conditionOf } from "./condition.ts";
import type { Variable } from "./rules.ts";

/** @throws ConfigurationError `INVALID_EXPRESSION`: what is wrong, where, and what to write instead */
export function checkCondition(text: string, variables: readonly Variable[]): void {
  conditionOf(text, variables.includes("async") ? "wait" : "trigger");
}
