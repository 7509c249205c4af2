// A step's code returned: its result is recorded, and never computed again.
import type { RunId, StepKey } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { StepCompleted } from "../records.ts";
import { endBackOff } from "../run/attempt.ts";
import { tooManySteps } from "../run/limits.ts";
import type { PartitionState, StepState } from "../state.ts";

export interface CompleteStep {
  readonly type: "CompleteStep";
  readonly run: RunId;
  readonly step: StepKey;
  /** JSON; null for undefined. */
  readonly output: string | null;
}

export function evolveStepCompleted(state: PartitionState, record: StepCompleted): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  run.steps.set(record.step, { status: "completed", output: record.output, order: run.outcomes++ });
  endBackOff(run);
  run.resting = false;
}

export function decideCompleteStep(state: PartitionState, input: CompleteStep, now: number): Decision {
  const run = state.runs.get(input.run);
  if (run === undefined) return ignored("run is over");
  if (isSettled(run.steps.get(input.step))) return ignored("step is already decided");
  return (
    tooManySteps(state, run, input.step, now) ?? decided({ type: "StepCompleted", run: input.run, step: input.step, output: input.output })
  );
}

/** The step has an outcome, which nothing changes any more. */
export function isSettled(step: StepState | undefined): boolean {
  return step !== undefined && (step.status === "completed" || step.status === "failed" || step.status === "slept");
}
