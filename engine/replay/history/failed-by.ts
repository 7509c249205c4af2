// Whether a run failed since a step of it had: such a step is tried again where the run is repeated.
import type { StepState } from "../../workflow/state.ts";
import type { PastEnd } from "./past-run.ts";

/** As the name of an error that a step's failure reaches the code by. */
const STEP_ERROR = "StepError";

/** The code let the failure through; what it caught, it has dealt with. */
export function isFailedBy(end: PastEnd, step: StepState): boolean {
  if (end.kind !== "failed" || step.status !== "failed") return false;
  return end.error.message === step.error.message && (end.error.name === STEP_ERROR || end.error.name === step.error.name);
}
