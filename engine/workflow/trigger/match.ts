// Which functions an event starts, by its name.
import type { FunctionSpec } from "./manifest.ts";

const MAX_REMEMBERED_NAMES = 10_000;

export class TriggerIndex {
  readonly #functions: readonly FunctionSpec[];
  readonly #byName = new Map<string, readonly string[]>();

  constructor(functions: readonly FunctionSpec[]) {
    this.#functions = functions;
  }

  /** Ids of the functions that `name` triggers, each once however many of its triggers match. */
  match(name: string): readonly string[] {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const found = this.#functions.filter((spec) => spec.triggers.some((trigger) => matches(trigger, name))).map((spec) => spec.id);
    if (this.#byName.size >= MAX_REMEMBERED_NAMES) this.#byName.clear();
    this.#byName.set(name, found);
    return found;
  }
}

/** Exact, or a prefix followed by `*`: `order/*` matches `order/created` and `order/line/added`. */
export function matches(trigger: string, name: string): boolean {
  return trigger.endsWith("*") ? name.startsWith(trigger.slice(0, -1)) : trigger === name;
}
