// Whether events match what is said of them: with `match` and `if` of a wait, or with the `if` of a trigger.
import { conditionOf, type Condition } from "./condition.ts";
import type { Equality } from "./equality.ts";
import type { EventFacts, JsonRecord } from "./event-facts.ts";
import { parsePath, pathText, valueAt } from "./path.ts";
import { select } from "./selection.ts";

/** What a wait compares, ready to be recorded. */
export interface Interest {
  /** The place in the awaited event that is the key, in the one way of `pathText`. Null: there is none, any event of the name is looked at. */
  readonly path: string | null;
  /** What must stand there, as `valueAt` gives it. Null with a path: no event can ever match, since the trigger has nothing to compare. */
  readonly value: string | null;
  /** CEL that is asked after the key, the whole `if` as it was written; null where the key says it all. */
  readonly condition: string | null;
  /** JSON of what `condition` refers to in the trigger, and no more of it. */
  readonly bindings: string | null;
  /** The condition refers to more of the trigger than is recorded: then nothing meets it. */
  readonly isTooLarge?: true;
}

export interface Match {
  /** A path: its value is the same in the trigger and in the awaited event. */
  readonly match?: string | undefined;
  /** CEL over `event`, the trigger, and `async`, the awaited event. */
  readonly if?: string | undefined;
}

/** So many characters of the trigger, as JSON, are recorded and told with a wait (R15). */
export const MAX_BINDINGS = 16_384;

/** CEL that nothing meets, so that whoever forgets to look at `value` is not wrong. */
const NEVER = { condition: "false", bindings: null };
const NO_MORE = { condition: null, bindings: null };

/** @throws ConfigurationError `INVALID_EXPRESSION` */
export function interestOf({ match, if: text }: Match, trigger: EventFacts): Interest {
  const condition = text === undefined ? null : conditionOf(text, "wait");
  const key = match === undefined ? (condition?.key ?? null) : sameIn(match);
  const isKeyAll = match === undefined && condition?.isKeyAll === true;
  const rest = text === undefined || condition === null || isKeyAll ? NO_MORE : bound(text, condition, trigger);
  if (key === null) return { path: null, value: null, ...rest };
  const path = pathText(key.path);
  const value = key.other.in === "text" ? key.other.value : valueAt(trigger, key.other.path);
  return value === null ? { path, value, ...NEVER } : { path, value, ...rest };
}

/**
 * The key is compared already. What fails on this event, by something missing or of another type, is not met.
 * @throws for a condition that cannot be used at all: `interestOf` lets none pass, so another version of Millrace recorded it
 */
export function meets({ condition: text, bindings }: Pick<Interest, "condition" | "bindings">, incoming: EventFacts): boolean {
  if (text === null) return true;
  const condition = conditionOf(text, "wait");
  const event = bindings === null ? {} : (JSON.parse(bindings) as JsonRecord);
  return condition.holds({ event, async: select(incoming, condition.async) });
}

/** Whether an event meets the `if` of a trigger. What fails on it is not met. */
export function passes(text: string, event: EventFacts): boolean {
  const condition = conditionOf(text, "trigger");
  return condition.holds({ event: select(event, condition.event) });
}

function sameIn(match: string): Equality {
  const path = parsePath(match);
  return { path, other: { in: "event", path } };
}

function bound(text: string, { event }: Condition, trigger: EventFacts): Pick<Interest, "condition" | "bindings" | "isTooLarge"> {
  if (event !== "all" && event.size === 0) return { condition: text, bindings: null };
  try {
    const bindings = JSON.stringify(select(trigger, event));
    return bindings.length > MAX_BINDINGS ? { ...NEVER, isTooLarge: true } : { condition: text, bindings };
  } catch {
    // Nested so deeply that it cannot be written. No condition holds on such a thing.
    return NEVER;
  }
}
