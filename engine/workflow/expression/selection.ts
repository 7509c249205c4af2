// The parts of an event that an expression refers to: only they are looked at, and only they go with a wait.
import { FIELDS, isRecord, valueOfName, type EventFacts, type Json, type JsonRecord } from "./event-facts.ts";
import type { Path } from "./path.ts";

/** Names and what is wanted below them; `"all"` of it where the expression uses the thing as a whole. */
export type Selection = "all" | ReadonlyMap<string, Selection>;

export function selectionOf(paths: readonly Path[]): Selection {
  if (paths.some((path) => path.length === 0)) return "all";
  const byName = Map.groupBy(paths, (path) => path[0] ?? "");
  return new Map([...byName].map(([name, below]) => [name, selectionOf(below.map((path) => path.slice(1)))]));
}

/**
 * An expression sees no difference between the event and this: what lies on a way to a wanted part is there with only that part in it, and
 * what is missing in the event is missing here at the same place.
 */
export function select(event: EventFacts, selection: Selection): JsonRecord {
  const chosen = emptyRecord();
  for (const field of FIELDS) {
    const wanted = selection === "all" ? "all" : selection.get(field);
    if (wanted !== undefined) chosen[field] = part(event[field], wanted);
  }
  return chosen;
}

function part(value: Json, wanted: Selection): Json {
  if (wanted === "all" || !isRecord(value)) return value;
  const chosen = emptyRecord();
  for (const [name, below] of wanted) {
    const there = valueOfName(value, name);
    if (there !== undefined) chosen[name] = part(there, below);
  }
  return chosen;
}

/** Without a prototype `__proto__` is a name like any other. */
function emptyRecord(): Record<string, Json> {
  return Object.create(null) as Record<string, Json>;
}
