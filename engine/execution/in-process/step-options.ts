// What a step was given, checked.
import { ConfigurationError } from "../../core/configuration-error.ts";
import { durationMs } from "../../core/duration.ts";
import type { StepOptions } from "../function.ts";

export const MAX_RETRIES = 20;
const DEFAULT_TIMEOUT_MS = 3_600_000;
const MAX_ID_LENGTH = 256;

export function stepOptions(given: string | StepOptions, defaultRetries: number): { id: string; retries: number; timeoutMs: number } {
  const options: StepOptions = typeof given === "string" ? { id: given } : given;
  const { id, retries = defaultRetries, timeout } = options;
  if (typeof id !== "string" || id === "" || id.length > MAX_ID_LENGTH) {
    throw new ConfigurationError("INVALID_STEP", `a step's id is a text of 1 to ${MAX_ID_LENGTH} characters, not ${JSON.stringify(id)}`);
  }
  checkRetries(retries, `step "${id}"`, "INVALID_STEP");
  return { id: id.toWellFormed(), retries, timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(timeout) };
}

export function checkRetries(retries: number, what: string, code: "INVALID_STEP" | "INVALID_FUNCTION"): void {
  if (Number.isInteger(retries) && retries >= 0 && retries <= MAX_RETRIES) return;
  throw new ConfigurationError(code, `${what}: retries is a whole number from 0 to ${MAX_RETRIES}, not ${String(retries)}`);
}
