// Numbers, times and expressions that policies take, checked one by one. `where` names the function and the option, for messages.
import { ConfigurationError } from "../core/configuration-error.ts";
import { durationMs, type Duration } from "../core/duration.ts";
import { unknownOption } from "../core/known-options.ts";
import { shown } from "../core/shown.ts";
import { checkCondition } from "../workflow/expression/check.ts";
import { canonicalKey, checkKey, checkNumber } from "../workflow/expression/key.ts";

export const MAX_LIMIT = 100_000;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 7 * 86_400_000;

export function invalidFlow(where: string, problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_FUNCTION", `${where}: ${problem}`);
}

/** @throws ConfigurationError `INVALID_FUNCTION` for what is no object, and for names of options that are not `known` */
export function checkNames(given: object, known: readonly string[], whose: string, what: string): void {
  const problem = unknownOption(given, known, what);
  if (problem !== null) throw new ConfigurationError("INVALID_FUNCTION", `${whose}: ${problem}`);
}

/** A whole number from 1 on. @throws ConfigurationError `INVALID_FUNCTION` */
export function checkCount(where: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw invalidFlow(where, `it is a whole number from 1 to ${max.toLocaleString("en")}, not ${shown(value)}`);
}

/** 1 second to 7 days, in milliseconds. @throws ConfigurationError `INVALID_DURATION` */
export function checkPeriod(where: string, value: Duration): number {
  const ms = lengthOf(value);
  if (ms !== null && ms >= SHORTEST_MS && ms <= LONGEST_MS) return ms;
  const what = ms === null ? 'it is a duration from 1 second to 7 days, such as "90s" or "1 day"' : "it is from 1 second to 7 days";
  throw new ConfigurationError("INVALID_DURATION", `${where}: ${what}, not ${shown(value)}`);
}

/** Null for what is no duration. */
function lengthOf(value: Duration): number | null {
  try {
    return durationMs(value);
  } catch (error) {
    if (error instanceof ConfigurationError) return null;
    throw error;
  }
}

/** In the one way of writing it by which keys are compared, and limits named. @throws ConfigurationError `INVALID_FUNCTION`, `INVALID_EXPRESSION` */
export function checkedKey(where: string, text: string): string {
  return canonicalKey(checked(where, text, checkKey));
}

/** @throws ConfigurationError `INVALID_FUNCTION`, `INVALID_EXPRESSION` */
export function checkedNumber(where: string, text: string): string {
  return checked(where, text, checkNumber);
}

/** @throws ConfigurationError `INVALID_FUNCTION`, `INVALID_EXPRESSION` */
export function checkedCondition(where: string, text: string): string {
  return checked(where, text, (condition) => checkCondition(condition, ["event"]));
}

function checked(where: string, text: string, check: (text: string) => void): string {
  if (typeof text !== "string") throw invalidFlow(where, `it is CEL over event, such as "event.data.userId", not ${shown(text)}`);
  naming(where, () => check(text));
  return text;
}

/** What `act` finds wrong is told with where that is. */
export function naming<Result>(where: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(error.code, `${where}: ${error.message}`, { cause: error });
  }
}
