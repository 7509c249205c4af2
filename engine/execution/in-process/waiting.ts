// What a handler waits for, by the steps that it has no answer to.
import type { AskedStep } from "./asked-step.ts";

/** Whether it waits for sleeps and nothing else. */
export function isResting(pending: ReadonlySet<AskedStep>): boolean {
  for (const step of pending) if (step.kind !== "sleep") return false;
  return pending.size > 0;
}

/** Until when it waits (milliseconds since 1970), if time is all that it waits for: sleeps, and attempts that are due later. */
export function idleUntil(pending: ReadonlySet<AskedStep>): number | null {
  let until: number | null = null;
  for (const step of pending) {
    if (step.waitsUntil === null || step.executing) return null;
    until = Math.min(until ?? step.waitsUntil, step.waitsUntil);
  }
  return until;
}

/** By name. */
export function awaited(pending: ReadonlySet<AskedStep>, matches: (step: AskedStep) => boolean = () => true): readonly string[] {
  return [...pending].filter(matches).map((step) => `"${step.key}"`);
}

const MAX_NAMED = 10;

/** Some of the names, and how many there are beside them. */
export function named(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return names.slice(0, MAX_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
