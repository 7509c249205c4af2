// A long iteration in slices: each records where the next begins, so that a deploy or a crash costs no more than a slice.
import type { RunId, StepKey } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { IterationAdvanced } from "../records.ts";
import { afterAttempt } from "../flow/limits/attempt.ts";
import { endBackOff } from "../run/attempt.ts";
import { firstBegan } from "../run/outcome.ts";
import { tooManySteps } from "../run/limits.ts";
import { noteProgress } from "../run/suspicion.ts";
import type { PartitionState } from "../state.ts";
import { isSettled } from "./complete.ts";

export interface AdvanceIteration {
  readonly type: "AdvanceIteration";
  readonly run: RunId;
  readonly step: StepKey;
  /** JSON; null for undefined. */
  readonly cursor: string | null;
  readonly began: number;
}

export function evolveIterationAdvanced(state: PartitionState, { run: id, step, cursor, began }: IterationAdvanced): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  run.steps.set(step, { status: "iterating", cursor, began });
  endBackOff(run);
  noteProgress(run);
  run.resting = false;
}

export function decideAdvanceIteration(state: PartitionState, { run: id, step, cursor, began }: AdvanceIteration, now: number): Decision {
  const run = state.runs.get(id);
  if (run === undefined) return ignored("run is over");
  if (isSettled(run.steps.get(step))) return ignored("step is already decided");
  return (
    tooManySteps(state, run, step, now) ??
    decided(
      { type: "IterationAdvanced", run: id, step, cursor, began: firstBegan(state, run, began) },
      ...afterAttempt(state, run, now, false),
    )
  );
}
