// What an input means for the state of one partition, now. Pure: reads folded state and the input, changes neither.
import { unreachable } from "../core/errors.ts";
import type { RunId, StepKey } from "../core/ids.ts";
import { decided, type Decision } from "./decision.ts";
import { decideConfirmEmissions, type ConfirmEmissions } from "./emission/emission.ts";
import type { OwnerReleased, OwnerReleasing, SourcePositionSet } from "./records.ts";
import { decideFailRunAttempt, type FailRunAttempt } from "./run/attempt.ts";
import { decideCompleteRun, type CompleteRun } from "./run/complete.ts";
import { decideParkRun, decideUnparkRun, type ParkRun, type UnparkRun } from "./run/park.ts";
import type { PartitionState } from "./state.ts";
import { decideCompleteStep, type CompleteStep } from "./step/complete.ts";
import { decideFailStep, type FailStep } from "./step/fail.ts";
import { decideStartSleep, decideWake, type StartSleep } from "./timer/sleep.ts";
import { decideActivateManifest, type ActivateManifest } from "./trigger/manifest.ts";

/** A sleep's time has come. */
export interface WakeStep {
  readonly type: "WakeStep";
  readonly run: RunId;
  readonly step: StepKey;
}

/** What the owner itself resolved to do; it stands in the journal as it is. */
export interface OwnerSays {
  readonly type: "OwnerSays";
  readonly record: OwnerReleasing | OwnerReleased | SourcePositionSet;
}

/** Every input but those of sources, which come with a position (see event/arrive.ts). */
export type Input =
  | CompleteStep
  | FailStep
  | StartSleep
  | WakeStep
  | CompleteRun
  | FailRunAttempt
  | ParkRun
  | UnparkRun
  | ConfirmEmissions
  | ActivateManifest
  | OwnerSays;

export function decide(state: PartitionState, input: Input, now: number): Decision {
  switch (input.type) {
    case "CompleteStep":
      return decideCompleteStep(state, input, now);
    case "CompleteRun":
      return decideCompleteRun(state, input);
    case "FailStep":
      return decideFailStep(state, input, now);
    case "StartSleep":
      return decideStartSleep(state, input, now);
    case "WakeStep":
      return decideWake(state, input.run, input.step, now);
    case "FailRunAttempt":
      return decideFailRunAttempt(state, input, now);
    case "ParkRun":
      return decideParkRun(state, input);
    case "UnparkRun":
      return decideUnparkRun(state, input);
    case "ConfirmEmissions":
      return decideConfirmEmissions(state, input);
    case "ActivateManifest":
      return decideActivateManifest(state, input);
    case "OwnerSays":
      return decided(input.record);
    default:
      return unreachable(input);
  }
}
