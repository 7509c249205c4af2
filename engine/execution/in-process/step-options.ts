// What a step was given, checked.
import { ConfigurationError } from "../../core/configuration-error.ts";
import { durationMs, type Duration } from "../../core/duration.ts";
import { unknownOption } from "../../core/known-options.ts";
import { shown } from "../../core/shown.ts";
import type { RunOptions, StepOptions } from "../step-tools.ts";

export const MAX_RETRIES = 20;
const DEFAULT_TIMEOUT_MS = 3_600_000;
const MAX_ID_LENGTH = 256;
const STEP_OPTIONS = ["id", "retries", "timeout"];
const RUN_OPTIONS = [...STEP_OPTIONS, "pure"];

export interface CheckedStepOptions {
  readonly id: string;
  readonly retries: number;
  readonly timeoutMs: number;
}

export interface CheckedRunOptions extends CheckedStepOptions {
  readonly isPure: boolean;
}

/** @throws ConfigurationError `INVALID_STEP`, `INVALID_DURATION` */
export function runOptions(given: string | RunOptions, defaultRetries: number): CheckedRunOptions {
  const checked = stepOptions(given, defaultRetries, RUN_OPTIONS);
  const pure: unknown = typeof given === "string" ? false : (given.pure ?? false);
  if (typeof pure === "boolean") return { ...checked, isPure: pure };
  throw new ConfigurationError("INVALID_STEP", `step "${checked.id}": pure is true or false, not ${shown(pure)}`);
}

/** @throws ConfigurationError `INVALID_STEP`, `INVALID_DURATION` */
export function stepOptions(given: string | StepOptions, defaultRetries: number, known = STEP_OPTIONS): CheckedStepOptions {
  const options: StepOptions = typeof given === "string" ? { id: given } : given;
  // Most steps have an id and nothing else.
  if (typeof given !== "string") checkStepOptions("step", given, known);
  const { id, retries = defaultRetries, timeout } = options;
  const checked = checkedId(id);
  checkRetries(retries, `step "${id}"`, "INVALID_STEP");
  return { id: checked, retries, timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(timeout) };
}

/** @throws ConfigurationError `INVALID_STEP` */
export function checkedId(id: string): string {
  if (typeof id !== "string" || id === "" || id.length > MAX_ID_LENGTH) {
    throw new ConfigurationError("INVALID_STEP", `a step's id is a text of 1 to ${MAX_ID_LENGTH} characters, not ${shown(id)}`);
  }
  return id.toWellFormed();
}

/** `step` is how the message begins. @throws ConfigurationError `INVALID_STEP` */
export function checkStepOptions(step: string, given: unknown, known: readonly string[]): void {
  const problem = unknownOption(given, known);
  if (problem !== null) throw new ConfigurationError("INVALID_STEP", `${step}: ${problem}`);
}

export function checkRetries(retries: number, what: string, code: "INVALID_STEP" | "INVALID_FUNCTION"): void {
  if (Number.isInteger(retries) && retries >= 0 && retries <= MAX_RETRIES) return;
  throw new ConfigurationError(code, `${what}: retries is a whole number from 0 to ${MAX_RETRIES}, not ${String(retries)}`);
}

/** Nobody waits for ever without having said so. @throws ConfigurationError `INVALID_STEP`, `INVALID_DURATION` */
export function waitTimeoutMs(id: string, timeout: Duration | undefined): number {
  if (timeout === undefined) throw new ConfigurationError("INVALID_STEP", `step "${id}" needs a timeout, e.g. timeout: "7 days"`);
  return durationMs(timeout);
}
