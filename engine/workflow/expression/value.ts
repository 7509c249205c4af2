// A value that waits compare, as one text: `s:` a string, `n:` a number, `b:` true or false. So "1" and 1 are different values, although
// the text behind the mark, which chooses the partition, is the same: an event whose key is the value is in that partition already.
import type { Json } from "./event-facts.ts";

type Scalar = string | number | boolean;

/** A longer string matches nothing: values stand in waits, in messages and in the index of recent events (R16). */
const MAX_COMPARED = 1_024;

export function valueOf(scalar: Scalar): string {
  if (typeof scalar === "string") return `s:${scalar}`;
  return typeof scalar === "number" ? `n:${JSON.stringify(scalar)}` : `b:${scalar}`;
}

/** What Kafka's partitioner would see as the key. */
export function textOf(value: string): string {
  return value.slice(2);
}

/**
 * Null, objects and lists match nothing, and neither does what would not come back from the journal as the same: numbers past the range of
 * doubles, and strings that are no Unicode.
 */
export function isComparable(value: Json | undefined): value is Scalar {
  if (typeof value === "string") return value.length <= MAX_COMPARED && value.isWellFormed();
  return typeof value === "boolean" || Number.isFinite(value);
}
