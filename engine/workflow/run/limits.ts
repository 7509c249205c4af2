// How much one run may hold (R16).
import type { StepKey } from "../../core/ids.ts";
import type { Decision } from "../decision.ts";
import type { PartitionState, RunState } from "../state.ts";
import { decideRunFailed } from "./fail.ts";

export const MAX_STEPS = 10_000;
/** Of the names of all its steps together: one decision may name them all, and fits into a frame (R15). */
export const MAX_STEP_NAME_BYTES = 1024 * 1024;
/** Names are added up at every so manieth step: each time would take a long run's time. */
const ADDED_UP_EVERY = 64;

/** The decision that ends a run which asks for one step too many, or null where `step` may be recorded. */
export function tooManySteps(
  state: PartitionState,
  run: RunState,
  step: StepKey,
  now: number,
  addedUpEvery = ADDED_UP_EVERY,
): Decision | null {
  if (run.steps.has(step)) return null;
  const limit = limitReached(run, addedUpEvery);
  if (limit === null) return null;
  const error = {
    name: "TooManyStepsError",
    message: `A run may have ${limit}. Split the work: start further runs by events, or do more in each step.`,
    stack: null,
  };
  return decideRunFailed(state, run, error, now);
}

function limitReached({ steps }: RunState, addedUpEvery: number): string | null {
  if (steps.size >= MAX_STEPS) return `${MAX_STEPS} steps at the most`;
  if (steps.size === 0 || steps.size % addedUpEvery > 0) return null;
  let bytes = 0;
  for (const key of steps.keys()) bytes += Buffer.byteLength(key);
  return bytes < MAX_STEP_NAME_BYTES ? null : `${MAX_STEP_NAME_BYTES / 1024} KiB of step ids at the most, all of them together`;
}
