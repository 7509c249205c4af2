// A condition, ready to be asked: parsed and checked once, and remembered by its text.
import { ParseError, TypeError as CelTypeError, type ParseResult } from "@marcbachmann/cel-js";
import { adviceFor } from "./advice.ts";
import { celValue, Scale } from "./cel-value.ts";
import { invalidExpression } from "./complaint.ts";
import { isOneEquality, keyEquality, type Equality } from "./equality.ts";
import type { JsonRecord } from "./event-facts.ts";
import { maxWeight } from "./growth.ts";
import { LANGUAGES } from "./language.ts";
import { referencesIn } from "./rules.ts";
import { selectionOf, type Selection } from "./selection.ts";

/** A trigger's condition is over `event`, the event that arrives; a wait's over `event`, its run's trigger, and `async`, which arrives. */
export type Place = keyof typeof LANGUAGES;

/** What a condition refers to, by variable, as `select` gives it. */
export interface Parts {
  readonly event: JsonRecord;
  readonly async?: JsonRecord;
}

export interface Condition {
  /** What of each event must be in the parts. */
  readonly event: Selection;
  readonly async: Selection;
  /** What becomes the key of a wait. */
  readonly key: Equality | null;
  /** Whether the key says all that the condition says. */
  readonly isKeyAll: boolean;
  holds(parts: Parts): boolean;
}

const MAX_EXPRESSION = 2_000;
const MAX_REMEMBERED = 1_000;

const remembered: Readonly<Record<Place, Map<string, Condition>>> = { trigger: new Map(), wait: new Map() };

/** @throws ConfigurationError `INVALID_EXPRESSION` */
export function conditionOf(text: string, place: Place): Condition {
  const conditions = remembered[place];
  const condition = conditions.get(text) ?? prepare(text, place);
  // What was used last is forgotten last. What is forgotten is parsed again.
  conditions.delete(text);
  conditions.set(text, condition);
  const [oldest] = conditions.keys();
  if (conditions.size > MAX_REMEMBERED && oldest !== undefined) conditions.delete(oldest);
  return condition;
}

function prepare(text: string, place: Place): Condition {
  const program = parse(text, place);
  const references = referencesIn(program.ast);
  checkTypes(text, program, place);
  const heaviest = maxWeight(program.ast);
  return {
    event: selectionOf(references.event),
    async: selectionOf(references.async),
    key: keyEquality(program.ast),
    isKeyAll: isOneEquality(program.ast),
    holds: (parts) => run(program, heaviest, parts),
  };
}

/** What fails on these events, since something is missing or of another type, or since it would take too long, does not hold. */
function run(program: ParseResult, heaviest: number, parts: Parts): boolean {
  try {
    const scale = new Scale(heaviest);
    return program({ event: celValue(parts.event, scale), async: celValue(parts.async ?? {}, scale) }) === true;
  } catch {
    return false;
  }
}

function parse(text: string, place: Place): ParseResult {
  if (text.length > MAX_EXPRESSION) {
    const advice = "Compare less, or look at the rest in the function.";
    throw invalidExpression({ text, at: MAX_EXPRESSION, problem: `it has more than ${MAX_EXPRESSION} characters`, advice });
  }
  // It could not be recorded as it is.
  if (!text.isWellFormed()) throw invalidExpression({ text, at: 0, problem: "it is no Unicode text", advice: adviceFor(place) });
  try {
    return LANGUAGES[place].parse(text);
  } catch (error) {
    throw asComplaint(text, error, place);
  }
}

function checkTypes(text: string, program: ParseResult, place: Place): void {
  const { valid, type = "", error } = program.check();
  if (!valid) throw asComplaint(text, error, place);
  if (type === "bool" || type.startsWith("dyn")) return;
  const problem = `its result is of type ${type}, not true or false`;
  throw invalidExpression({ text, at: program.ast.start, problem, advice: adviceFor(place) });
}

function asComplaint(text: string, error: unknown, place: Place): unknown {
  if (!(error instanceof ParseError || error instanceof CelTypeError)) return error;
  const at = Math.min(error.range?.start ?? 0, text.length);
  return invalidExpression({ text, at, problem: error.summary, advice: adviceFor(place, { text, at, code: error.code }) });
}
