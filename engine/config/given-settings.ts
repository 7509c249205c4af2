// Settings as they are given, place by place, each with where it comes from. What is said later counts in the place of what was said before.

/** Where a value comes from, for people: `--brokers`, `MILLRACE_BROKERS`, `millrace.json`. */
export interface Origin {
  readonly kind: "file" | "environment" | "flag";
  readonly name: string;
}

export class GivenSettings {
  readonly #tree: Record<string, unknown> = {};
  readonly #origins = new Map<string, Origin>();

  /** As a file would have all of it. */
  get tree(): Readonly<Record<string, unknown>> {
    return this.#tree;
  }

  /** Of what stands at a place, or of what it is a part of; null where nobody gave it. */
  originOf(place: string): Origin | null {
    for (let name = place; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
      const origin = this.#origins.get(name);
      if (origin !== undefined) return origin;
    }
    return null;
  }

  /** Objects are taken apart: what another source says of their other places goes on counting. */
  put(place: string, value: unknown, origin: Origin): void {
    if (isPlain(value) && (place === "" || Object.keys(value).length > 0)) {
      for (const [name, part] of Object.entries(value)) this.put(place === "" ? name : `${place}.${name}`, part, origin);
      return;
    }
    for (const known of this.#origins.keys()) if (known.startsWith(`${place}.`)) this.#origins.delete(known);
    this.#origins.set(place, origin);
    const names = place.split(".");
    const last = names.pop() ?? place;
    let at = this.#tree;
    for (const name of names) {
      const inner = at[name];
      if (isPlain(inner)) at = inner;
      else at = at[name] = {};
    }
    at[last] = value;
  }
}

/** Places of an object's values, the innermost, with those. */
export function placesOf(tree: Readonly<Record<string, unknown>>, under = ""): readonly (readonly [place: string, value: unknown])[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const place = under === "" ? name : `${under}.${name}`;
    return isPlain(value) ? placesOf(value, place) : [[place, value] as const];
  });
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
