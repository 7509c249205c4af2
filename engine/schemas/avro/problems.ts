// What is wrong with a piece of data, all of it at once: places and what was expected there.
import { shown } from "../../core/shown.ts";
import { SchemaError } from "../schema-error.ts";

type Path = (string | number)[];

/** Beyond these they are only counted. */
const MAX_KEPT = 10;

/**
 * Whoever finds something wrong knows no path: each container puts its own step before those that came up inside of it, so that data
 * without problems costs nothing.
 */
export class Problems {
  readonly #kept: { readonly path: Path; readonly expected: string }[] = [];
  count = 0;
  /** How many values the one that is being looked at stands in. */
  depth = 0;

  add(expected: string, value: unknown): void {
    this.say(`${expected} was expected, not ${shown(value)}`);
  }

  say(problem: string): void {
    this.count++;
    if (this.#kept.length < MAX_KEPT) this.#kept.push({ path: [], expected: problem });
  }

  /** Those that came up after the first `before` are about what stands at this step. */
  prefix(before: number, step: string | number): void {
    for (const problem of this.#kept.slice(before)) problem.path.unshift(step);
  }

  /** @param what begins the message: "data does not fit …" */
  toError(what: string): SchemaError {
    const lines = this.#kept.map(({ path, expected }) => `${pathShown(path)}: ${expected}`);
    const others = this.count - this.#kept.length;
    if (others > 0) lines.push(`and ${others} more`);
    return new SchemaError("EVENT_DATA_INVALID", `${what}: ${lines.join("; ")}`, { path: pathShown(this.#kept[0]?.path ?? []) });
  }
}

/** As one would write it in JavaScript. */
function pathShown(path: Path): string {
  const steps = path.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return `data${steps.join("")}`;
}
