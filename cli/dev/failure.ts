// What keeps an app from running, for people: with the code and the line that is to blame, where it is the app's.
import type { Failed } from "./messages.ts";

/** Families of errors that are no mistake in the app's code: the same code may work the next time. */
const PASSING: readonly string[] = ["log", "worker", "registry"];

export function failureOf(error: unknown): Failed {
  const code = codeOf(error);
  const family = error instanceof Error && "family" in error && typeof error.family === "string" ? error.family : null;
  return { type: "failed", code, text: textOf(error, code), isPassing: family !== null && PASSING.includes(family) };
}

function textOf(error: unknown, code: string | null): string {
  if (!(error instanceof Error)) return String(error);
  // What a module threw while it was loaded is worth its stack; an error of Millrace says itself what to do.
  if (code === "MODULE_FAILED" && error.cause instanceof Error) return error.cause.stack ?? error.cause.message;
  return code === null || family(error) === null ? (error.stack ?? error.message) : error.message;
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

function family(error: Error): unknown {
  return "family" in error ? error.family : null;
}
