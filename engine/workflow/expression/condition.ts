// A condition, ready to be asked: parsed and checked once, and remembered by its text.
import { isOneEquality, keyEquality, type Equality } from "./equality.ts";
import { programOf, type Parts, type Purpose } from "./program.ts";
import { Remembered } from "./remembered.ts";
import { selectionOf, type Selection } from "./selection.ts";

/** A trigger's condition is over `event`, the event that arrives; a wait's over `event`, its run's trigger, and `async`, which arrives. */
export type Place = "trigger" | "wait";

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

const RESULT = { types: new Set(["bool"]), butNot: "not true or false" };

const remembered: Readonly<Record<Place, Remembered<Condition>>> = {
  trigger: new Remembered((text) => prepare(text, { use: "trigger", ...RESULT })),
  wait: new Remembered((text) => prepare(text, { use: "wait", ...RESULT })),
};

/** @throws ConfigurationError `INVALID_EXPRESSION` */
export function conditionOf(text: string, place: Place): Condition {
  return remembered[place].get(text);
}

function prepare(text: string, purpose: Purpose): Condition {
  const { ast, references, evaluate } = programOf(text, purpose);
  return {
    event: selectionOf(references.event),
    async: selectionOf(references.async),
    key: keyEquality(ast),
    isKeyAll: isOneEquality(ast),
    // What fails on these events does not hold.
    holds: (parts) => evaluate(parts) === true,
  };
}
