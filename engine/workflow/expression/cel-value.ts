// JSON as the library for CEL takes it. Data is anybody's: it can reach nothing but itself, and leaves nothing behind.
import type { Json, JsonRecord } from "./event-facts.ts";

export type CelValue = null | boolean | number | string | readonly CelValue[] | ReadonlyMap<string, CelValue>;

const MAX_DEPTH = 32;
const CHARACTERS = 32;

/** About how many values there are; 32 characters count as one. */
export class Scale {
  readonly #max: number;
  #weight = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws RangeError past the maximum */
  add(weight: number): void {
    this.#weight += weight;
    if (this.#weight > this.#max) throw new RangeError("too much for an expression");
  }
}

/**
 * Objects become Maps, whose names are only data's own. Every number is a double, as JSON means it: one that would be infinite is null, as
 * JSON writes it, so that nothing depends on whether a value went through a message before.
 * @throws RangeError for what is too heavy, or nested deeper than 32 levels
 */
export function celValue(json: Json, scale: Scale, depth = 0): CelValue {
  if (depth > MAX_DEPTH) throw new RangeError("nested too deep for an expression");
  scale.add(typeof json === "string" ? 1 + json.length / CHARACTERS : 1);
  // A sum with 0 makes 0 of -0.
  if (typeof json === "number") return Number.isFinite(json) ? json + 0 : null;
  if (typeof json !== "object" || json === null) return json;
  if (isList(json)) return json.map((item) => celValue(item, scale, depth + 1));
  const map = new Map<string, CelValue>();
  for (const [name, item] of Object.entries(json)) {
    scale.add(name.length / CHARACTERS);
    map.set(name, celValue(item, scale, depth + 1));
  }
  return withoutShape(map);
}

/**
 * The library names the type of a map by what comes first in it, `map<string, map<string, list<…>>>`, and keeps every type that it has met
 * for good. It looks for the first with `entries`, and does everything else in other ways: so it finds nothing, and all maps are of one type.
 */
function withoutShape(map: Map<string, CelValue>): ReadonlyMap<string, CelValue> {
  map.entries = noEntries;
  return map;
}

function noEntries(): MapIterator<[string, never]> {
  return new Map<string, never>().entries();
}

function isList(value: readonly Json[] | JsonRecord): value is readonly Json[] {
  return Array.isArray(value);
}
