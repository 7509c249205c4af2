// Which functions an event starts: by its name, and by conditions where triggers have them.
import type { FunctionSpec } from "./manifest.ts";
import type { TriggerSpec } from "./trigger-spec.ts";

const MAX_REMEMBERED_NAMES = 10_000;

/** A function that has triggers of this name. */
interface Candidate {
  readonly id: string;
  /** Null: the name is enough. Else one of them must hold. */
  readonly conditions: readonly string[] | null;
}

interface Candidates {
  readonly all: readonly Candidate[];
  /** Ids, where all of them ask for no more than the name. */
  readonly sure: readonly string[] | null;
}

export class TriggerIndex {
  readonly #functions: readonly FunctionSpec[];
  readonly #byName = new Map<string, Candidates>();

  constructor(functions: readonly FunctionSpec[]) {
    this.#functions = functions;
  }

  /** Ids of the functions that the event triggers, each once however many of its triggers match. `passes`: whether a condition holds for it. */
  match(name: string, passes: (condition: string) => boolean): readonly string[] {
    const { all, sure } = this.#candidates(name);
    return sure ?? all.filter(({ conditions }) => conditions === null || conditions.some(passes)).map(({ id }) => id);
  }

  #candidates(name: string): Candidates {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const all = this.#functions.flatMap(({ id, triggers }) => {
      const conditions = triggers.flatMap((trigger) => conditionFor(trigger, name));
      return conditions.length === 0
        ? []
        : [{ id, conditions: conditions.includes(null) ? null : conditions.filter((text) => text !== null) }];
    });
    const sure = all.every(({ conditions }) => conditions === null) ? all.map(({ id }) => id) : null;
    if (this.#byName.size >= MAX_REMEMBERED_NAMES) this.#byName.clear();
    const found = { all, sure };
    this.#byName.set(name, found);
    return found;
  }
}

/** What the trigger asks of an event of this name, null for nothing more; no entry where it is none of its names. */
function conditionFor(trigger: TriggerSpec, name: string): readonly (string | null)[] {
  if (typeof trigger === "string") return matches(trigger, name) ? [null] : [];
  return "event" in trigger && matches(trigger.event, name) ? [trigger.if] : [];
}

/** Exact, or a prefix followed by `*`: `order/*` matches `order/created` and `order/line/added`. */
export function matches(trigger: string, name: string): boolean {
  return trigger.endsWith("*") ? name.startsWith(trigger.slice(0, -1)) : trigger === name;
}
