// What user code threw, as something that can be recorded. Anything can be thrown, hostile things included.
import { ConfigurationError } from "../core/configuration-error.ts";
import type { Failure } from "../workflow/records.ts";
import type { RetryWish } from "../workflow/run/attempt.ts";
import { NonRetriableError, RetryAfterError, StepError, TimeoutError } from "./user-errors.ts";

const MAX_MESSAGE = 8_192;
const MAX_STACK = 16_384;

export function failureOf(thrown: unknown): Failure {
  try {
    if (thrown instanceof Error) {
      return { name: text(thrown.name, 256), message: text(thrown.message, MAX_MESSAGE), stack: stackOf(thrown) };
    }
    return { name: "NonError", message: text(`${describe(thrown)} was thrown, which is not an Error`, MAX_MESSAGE), stack: null };
  } catch {
    return { name: "NonError", message: "something was thrown that cannot even be described", stack: null };
  }
}

/** `now` is milliseconds since 1970. */
export function wishOf(thrown: unknown, now: number): RetryWish {
  try {
    // A step's failure that the function lets through has used up its attempts already; wrong code stays wrong.
    if (thrown instanceof NonRetriableError || thrown instanceof StepError || isWrongCode(thrown)) return { kind: "never" };
    if (!(thrown instanceof RetryAfterError)) return { kind: "policy" };
    const { retryAfter } = thrown;
    const ms = Math.round(retryAfter instanceof Date ? retryAfter.getTime() - now : retryAfter);
    return Number.isSafeInteger(ms) ? { kind: "after", ms: Math.max(0, ms) } : { kind: "policy" };
  } catch {
    // Even to ask what it is can throw.
    return { kind: "policy" };
  }
}

export function timeoutFailure(what: string, timeoutMs: number): TimeoutError {
  return new TimeoutError(`${what} took longer than ${timeoutMs} ms. Make it faster, heed its signal, or give it a longer timeout.`);
}

function describe(thrown: unknown): string {
  if (typeof thrown === "string") return JSON.stringify(thrown);
  if (typeof thrown !== "object" || thrown === null) return String(thrown);
  return JSON.stringify(thrown) ?? Object.prototype.toString.call(thrown);
}

/** Error.stack is a getter of the engine's or of anybody. */
function stackOf(error: Error): string | null {
  const stack: unknown = error.stack;
  return typeof stack === "string" ? text(stack, MAX_STACK) : null;
}

/** Bounded, and without lone surrogates, which UTF-8 cannot carry. */
function text(value: unknown, max: number): string {
  return String(value).slice(0, max).toWellFormed();
}

/** What an app may not do now it may do later, in another process. */
function isWrongCode(thrown: unknown): boolean {
  return thrown instanceof ConfigurationError && thrown.code !== "WRONG_STATE";
}
