// How much one run may hold (R16).
import type { StepKey } from "../../core/ids.ts";
import type { Decision } from "../decision.ts";
import type { PartitionState, RunState } from "../state.ts";
import { decideRunFailed } from "./fail.ts";

export const MAX_STEPS = 10_000;

/** The decision that ends a run which asks for one step too many, or null where `step` may be recorded. */
export function tooManySteps(state: PartitionState, run: RunState, step: StepKey, now: number): Decision | null {
  if (run.steps.size < MAX_STEPS || run.steps.has(step)) return null;
  const error = {
    name: "TooManyStepsError",
    message: `A run may have ${MAX_STEPS} steps at the most. Split the work: start further runs by events, or do more in each step.`,
    stack: null,
  };
  return decideRunFailed(state, run, error, now);
}
