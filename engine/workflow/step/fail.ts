// A step's code threw: it is tried again later, or its failure becomes its outcome and is thrown into the function.
import type { RunId, StepKey } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { Failure, StepFailed } from "../records.ts";
import { afterAttempt } from "../flow/limits/attempt.ts";
import { endBackOff, retryWaitMs, type RetryWish } from "../run/attempt.ts";
import { firstBegan, noteOutcome } from "../run/outcome.ts";
import { tooManySteps } from "../run/limits.ts";
import { expose, noteProgress } from "../run/suspicion.ts";
import type { PartitionState, StepState } from "../state.ts";
import { isSettled } from "./complete.ts";

export interface FailStep {
  readonly type: "FailStep";
  readonly run: RunId;
  readonly step: StepKey;
  readonly attempt: number;
  /** When its first attempt began, milliseconds since 1970. */
  readonly began: number;
  readonly error: Failure;
  readonly wish: RetryWish;
  readonly retries: number;
  /** In [0, 1): the jitter. */
  readonly random: number;
}

export function evolveStepFailed(state: PartitionState, record: StepFailed, time: number): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  endBackOff(run);
  noteProgress(run);
  run.resting = false;
  expose(state, run);
  const { attempt, error, retryAt, began } = record;
  const before = run.steps.get(record.step);
  if (retryAt === null) {
    run.mark = began;
    run.steps.set(record.step, { status: "failed", attempt, error, order: noteOutcome(state, run, time), mark: began });
  } else {
    run.steps.set(record.step, { status: "retrying", attempt, error, retryAt, began, ...cursorOf(before) });
    state.timers.push({ kind: "step", at: retryAt, run: record.run, step: record.step });
  }
}

export function decideFailStep(state: PartitionState, input: FailStep, now: number): Decision {
  const run = state.runs.get(input.run);
  if (run === undefined) return ignored("run is over");
  const step = run.steps.get(input.step);
  if (isSettled(step)) return ignored("step is already decided");
  if (input.attempt !== nextAttempt(step)) return ignored("another attempt is on its way");
  const waitMs = retryWaitMs(input);
  const retryAt = waitMs === null ? null : now + waitMs;
  return (
    tooManySteps(state, run, input.step, now) ??
    decided(
      {
        type: "StepFailed",
        run: input.run,
        step: input.step,
        attempt: input.attempt,
        error: input.error,
        retryAt,
        began: firstBegan(state, run, input.began),
      },
      ...afterAttempt(state, run, now, true),
    )
  );
}

/** An iteration goes on where it was, however often a slice of it fails. */
function cursorOf(step: StepState | undefined): { readonly cursor?: string | null } {
  if (step?.status === "iterating") return { cursor: step.cursor };
  return step?.status === "retrying" && step.cursor !== undefined ? { cursor: step.cursor } : {};
}

/** Number of the attempt that comes next: 0 for the first. */
export function nextAttempt(step: StepState | undefined): number {
  return step?.status === "retrying" ? step.attempt + 1 : 0;
}
