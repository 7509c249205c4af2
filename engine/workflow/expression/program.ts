// An expression, parsed and checked, that can be evaluated.
import { ParseError, TypeError as CelTypeError, type ASTNode, type ParseResult } from "@marcbachmann/cel-js";
import { ConfigurationError } from "../../core/configuration-error.ts";
import { shown } from "../../core/shown.ts";
import { adviceFor, type Use } from "./advice.ts";
import { celValue, Scale } from "./cel-value.ts";
import { invalidExpression } from "./complaint.ts";
import type { JsonRecord } from "./event-facts.ts";
import { maxWeight } from "./growth.ts";
import { LANGUAGES } from "./language.ts";
import { referencesIn, type References } from "./rules.ts";

/** What an expression refers to, by variable, as `select` gives it. */
export interface Parts {
  readonly event: JsonRecord;
  readonly async?: JsonRecord;
}

export interface Program {
  readonly ast: ASTNode;
  readonly references: References;
  /** Undefined where it fails on these events, since something is missing or of another type, or since it would take too long. */
  readonly evaluate: (parts: Parts) => unknown;
}

/** What an expression is for, and the types that its result may have as far as they are known from the text alone. */
export interface Purpose {
  readonly use: Use;
  readonly types: ReadonlySet<string>;
  /** `not true or false`, after `its result is of type int, `. */
  readonly butNot: string;
}

const MAX_EXPRESSION = 2_000;

/** @throws ConfigurationError `INVALID_EXPRESSION` */
export function programOf(text: string, purpose: Purpose): Program {
  const parsed = parse(text, purpose);
  const references = referencesIn(parsed.ast);
  checkTypes(text, parsed, purpose);
  const heaviest = maxWeight(parsed.ast);
  return { ast: parsed.ast, references, evaluate: (parts) => run(parsed, heaviest, parts) };
}

function run(program: ParseResult, heaviest: number, parts: Parts): unknown {
  try {
    const scale = new Scale(heaviest);
    return program({ event: celValue(parts.event, scale), async: celValue(parts.async ?? {}, scale) });
  } catch {
    return undefined;
  }
}

function parse(text: string, { use }: Purpose): ParseResult {
  checkIsText(text, use);
  if (text.length > MAX_EXPRESSION) {
    const advice = "Compare less, or look at the rest in the function.";
    throw invalidExpression({ text, at: MAX_EXPRESSION, problem: `it has more than ${MAX_EXPRESSION} characters`, advice });
  }
  // It could not be recorded as it is.
  if (!text.isWellFormed()) throw invalidExpression({ text, at: 0, problem: "it is no Unicode text", advice: adviceFor(use) });
  try {
    return LANGUAGES[use === "wait" ? "wait" : "trigger"].parse(text);
  } catch (error) {
    throw asComplaint(text, error, use);
  }
}

/** Not all code has types, and a function would be the most natural mistake. */
function checkIsText(given: unknown, use: Use): void {
  if (typeof given === "string") return;
  throw new ConfigurationError("INVALID_EXPRESSION", `an expression is text of CEL, not ${shown(given)}. ${adviceFor(use)}`);
}

function checkTypes(text: string, program: ParseResult, { use, types, butNot }: Purpose): void {
  const { valid, type = "", error } = program.check();
  if (!valid) throw asComplaint(text, error, use);
  if (types.has(type) || type.startsWith("dyn")) return;
  throw invalidExpression({ text, at: program.ast.start, problem: `its result is of type ${type}, ${butNot}`, advice: adviceFor(use) });
}

function asComplaint(text: string, error: unknown, use: Use): unknown {
  if (!(error instanceof ParseError || error instanceof CelTypeError)) return error;
  const at = Math.min(error.range?.start ?? 0, text.length);
  return invalidExpression({ text, at, problem: error.summary, advice: adviceFor(use, { text, at, code: error.code }) });
}
