// What is wrong with an expression, shown where it is wrong.
import { ConfigurationError } from "../../core/configuration-error.ts";

const SHOWN_BEFORE = 60;
const SHOWN_AFTER = 40;

export interface Complaint {
  readonly text: string;
  /** Index in `text`. */
  readonly at: number;
  readonly problem: string;
  /** What to write instead. */
  readonly advice: string;
}

export function invalidExpression({ text, at, problem, advice }: Complaint): ConfigurationError {
  return new ConfigurationError("INVALID_EXPRESSION", `this expression cannot be used: ${problem}\n\n${pointAt(text, at)}\n\n${advice}`);
}

function pointAt(text: string, at: number): string {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const lineEnd = text.indexOf("\n", at);
  const start = Math.max(lineStart, at - SHOWN_BEFORE);
  const end = Math.min(lineEnd === -1 ? text.length : lineEnd, at + SHOWN_AFTER);
  const before = text.slice(start, at).replaceAll(/\s/g, " ");
  return `  ${before}${text.slice(at, end)}\n  ${" ".repeat(before.length)}^`;
}
