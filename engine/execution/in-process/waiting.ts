// What a handler waits for, by the steps that it asked for.
import type { AskedStep } from "./asked-step.ts";

/** Whether it waits for sleeps and nothing else. */
export function isResting(asked: Iterable<AskedStep>): boolean {
  let sleeps = 0;
  for (const step of asked) {
    if (step.delivered) continue;
    if (step.kind !== "sleep") return false;
    sleeps++;
  }
  return sleeps > 0;
}

/** Until when it waits (milliseconds since 1970), if time is all that it waits for: sleeps, and attempts that are due later. */
export function idleUntil(asked: Iterable<AskedStep>): number | null {
  let until: number | null = null;
  for (const step of asked) {
    if (step.delivered) continue;
    if (step.waitsUntil === null || step.executing) return null;
    until = Math.min(until ?? step.waitsUntil, step.waitsUntil);
  }
  return until;
}

/** The steps that it has no answer to, by name. */
export function awaited(asked: Iterable<AskedStep>, matches: (step: AskedStep) => boolean = () => true): readonly string[] {
  return [...asked].filter((step) => !step.delivered && matches(step)).map((step) => `"${step.key}"`);
}
