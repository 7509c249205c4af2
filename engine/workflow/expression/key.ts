// What policies take from an event: the value by which runs are told apart, and numbers.
import { textDigest } from "../../core/text-digest.ts";
import type { EventFacts, Json } from "./event-facts.ts";
import { placeIn, type Path } from "./path.ts";
import { canonical } from "./canonical.ts";
import { programOf, type Purpose } from "./program.ts";
import { Remembered } from "./remembered.ts";
import { select, selectionOf } from "./selection.ts";
import { referenceOf } from "./syntax.ts";
import { isComparable, valueOf } from "./value.ts";

interface Reading {
  readonly references: readonly Path[];
  /** As the event or the expression has it; undefined where it is missing, or cannot be told for this event. */
  readonly of: (event: EventFacts) => unknown;
}

const KEY: Purpose = {
  use: "key",
  types: new Set(["string", "int", "uint", "double", "bool"]),
  butNot: "which tells nothing apart: a key is a text, a number, or true or false",
};
const NUMBER: Purpose = { use: "number", types: new Set(["int", "uint", "double"]), butNot: "not a number" };

const keys = new Remembered((text) => prepare(text, KEY));
const numbers = new Remembered((text) => prepare(text, NUMBER));

/** So much of a text that is too long stands before its digest, for people. */
const SHOWN = 64;

/** @throws ConfigurationError `INVALID_EXPRESSION` */
export function checkKey(text: string): void {
  keys.get(text);
}

/** The key in the one way of writing it by which keys are compared. @throws ConfigurationError `INVALID_EXPRESSION` */
export function canonicalKey(text: string): string {
  const written = canonical(programOf(text, KEY).ast);
  try {
    checkKey(written);
    return written;
  } catch {
    // Written out, it is too long, or what a macro does not take.
    return text.trim();
  }
}

/** @throws ConfigurationError `INVALID_EXPRESSION` */
export function checkNumber(text: string): void {
  numbers.get(text);
}

/** The places in the event that a key or a number depends on; none: it is the same for all events. @throws ConfigurationError `INVALID_EXPRESSION` */
export function placesIn(text: string): readonly Path[] {
  return keys.get(text).references;
}

/** As `valueOf` writes it, and short; empty where the event has no text, number, or true or false there. */
export function keyValue(text: string, event: EventFacts): string {
  const found = scalar(keys.get(text).of(event));
  // A text that is too long, or no Unicode, is not as if it were missing: it must not share what others have.
  const value = typeof found === "string" ? keyText(found) : found;
  return isComparable(value) ? valueOf(value) : "";
}

/** A text as the key that it is. */
export function keyText(text: string): string {
  return isComparable(text) ? text : shortened(text);
}

/** Null where it is none for this event. */
export function numberOf(text: string, event: EventFacts): number | null {
  const value = scalar(numbers.get(text).of(event));
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function prepare(text: string, purpose: Purpose): Reading {
  const { ast, references, evaluate } = programOf(text, purpose);
  const reference = referenceOf(ast);
  // Keys are asked for with every event, and most are a place in it.
  if (reference !== null) return { references: references.event, of: (event) => placeIn(event, reference.path) };
  const selection = selectionOf(references.event);
  return { references: references.event, of: (event) => evaluate({ event: select(event, selection) }) };
}

function shortened(text: string): string {
  return `${text.slice(0, SHOWN).toWellFormed()}…${textDigest(text)}`;
}

function scalar(value: unknown): Json | undefined {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}
