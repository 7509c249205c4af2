// What is asked of all runs at once. The answers are kept beside runs that are packed, so that nobody unpacks a million for a few.
import type { StepKey } from "../../core/ids.ts";
import { NEVER } from "./suspicion.ts";
import type { RunState, StepState } from "../state.ts";

/** A run that is only looked at: it may be a copy, so a change to it would be lost. */
export type SeenRun = Readonly<Omit<RunState, "steps">> & { readonly steps: ReadonlyMap<StepKey, StepState> };

export const RUN_MARKS = {
  /** Something but time moves it, so a new owner calls its code. */
  restless: (run) => !run.resting && run.status.status !== "backing-off",
  /** Its code may have been running when the last owner to call it ended. */
  exposed: (run) => !run.resting && run.exposed !== NEVER,
  /** It waits for people. */
  parked: (run) => run.status.status === "parked" || run.status.status === "quarantined",
  /** Steps of it wait for a slot. */
  asking: (run) => run.flow !== null && run.flow.asks.length > 0,
} as const satisfies Readonly<Record<string, (run: SeenRun) => boolean>>;

export type RunMark = keyof typeof RUN_MARKS;

const NAMES = Object.keys(RUN_MARKS) as readonly RunMark[];

/** One bit a mark. */
export function marksOf(run: SeenRun): number {
  let bits = 0;
  for (const [index, name] of NAMES.entries()) if (RUN_MARKS[name](run)) bits |= 1 << index;
  return bits;
}

export function bitOf(mark: RunMark): number {
  return 1 << NAMES.indexOf(mark);
}
