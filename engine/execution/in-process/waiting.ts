// What a handler waits for, by the steps that it has no answer to.
import type { AskedStep } from "./asked-step.ts";

/** Whether it waits for what is outside of the process and nothing else. */
export function isResting(pending: ReadonlySet<AskedStep>): boolean {
  for (const step of pending) if (!step.isOutside) return false;
  return pending.size > 0;
}

export interface Idleness {
  /** Milliseconds since 1970. */
  readonly until: number;
  /** It may be over before. */
  readonly mayEndEarly: boolean;
}

/** Until when nothing is to be done: sleeps, waits, children, and attempts that are due later. Null where something is. */
export function idleness(pending: ReadonlySet<AskedStep>, clock: { now(): number }): Idleness | null {
  let until: number | null = null;
  let mayEndEarly = false;
  for (const step of pending) {
    if (step.waitsUntil === null || step.isExecuting) return null;
    // Its next attempt begins in a moment. What is outside may take longer than its time, and is no matter of this handler.
    if (step.waitsUntil <= clock.now() && !step.isOutside) return null;
    until = Math.min(until ?? step.waitsUntil, step.waitsUntil);
    mayEndEarly ||= step.mayEndEarly;
  }
  return until === null ? null : { until, mayEndEarly };
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
