// A step's code returned: its result is recorded, and never computed again.
import { unreachable } from "../../core/errors.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { StepCompleted } from "../records.ts";
import { afterAttempt } from "../flow/limits/attempt.ts";
import { endBackOff } from "../run/attempt.ts";
import { firstBegan, noteOutcome } from "../run/outcome.ts";
import { tooManySteps } from "../run/limits.ts";
import { expose, noteProgress } from "../run/suspicion.ts";
import type { PartitionState, StepState } from "../state.ts";

export interface CompleteStep {
  readonly type: "CompleteStep";
  readonly run: RunId;
  readonly step: StepKey;
  /** JSON; null for undefined. */
  readonly output: string | null;
  /** When its first attempt began, milliseconds since 1970. */
  readonly began: number;
}

export function evolveStepCompleted(state: PartitionState, record: StepCompleted, time: number): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  run.steps.set(record.step, { status: "completed", output: record.output, order: noteOutcome(state, run, time), mark: record.began });
  endBackOff(run);
  noteProgress(run);
  run.mark = record.began;
  run.resting = false;
  // Where its code was let go of, it is called again.
  expose(state, run);
}

export function decideCompleteStep(state: PartitionState, input: CompleteStep, now: number): Decision {
  const run = state.runs.get(input.run);
  if (run === undefined) return ignored("run is over");
  if (isSettled(run.steps.get(input.step))) return ignored("step is already decided");
  return (
    tooManySteps(state, run, input.step, now) ??
    decided(
      { type: "StepCompleted", run: input.run, step: input.step, output: input.output, began: firstBegan(state, run, input.began) },
      ...afterAttempt(state, run, now, false),
    )
  );
}

/** The step has an outcome, which nothing changes any more. */
export function isSettled(step: StepState | undefined): boolean {
  switch (step?.status) {
    case "completed":
    case "failed":
    case "slept":
    case "resolved":
    case "cancelled":
      return true;
    case undefined:
    case "retrying":
    case "sleeping":
    case "waiting":
    case "invoking":
    case "iterating":
      return false;
    default:
      return unreachable(step);
  }
}
