// What an input means for the state of one partition, now. Pure: reads folded state and the input, changes neither.
import { unreachable } from "../core/errors.ts";
import type { RunId, StepKey } from "../core/ids.ts";
import { decideEndBackfill, type EndBackfill } from "./backfill/end.ts";
import { decideLocateBackfill, type LocateBackfill } from "./backfill/start.ts";
import { decideExpireChild, decideInvokeChild, type ExpireChild, type InvokeChild } from "./child/invoke.ts";
import { decideTick, type TickCron } from "./cron/tick.ts";
import { decided, decidedAndTold, type Decision, type Message } from "./decision.ts";
import { decideEndHandlings, decideFailHandling, type EndHandlings, type FailHandling } from "./consumer/handling.ts";
import { decideAbandonHandling, decideTryHandlings, type AbandonHandling, type TryHandlings } from "./consumer/suspicion.ts";
import { decideConfirmEmissions, type ConfirmEmissions } from "./emission/emission.ts";
import type { DigestTold, OwnerReleased, OwnerReleasing, SourcePositionSet } from "./records.ts";
import { decideFailRunAttempt, type FailRunAttempt } from "./run/attempt.ts";
import { decideCompleteRun, type CompleteRun } from "./run/complete.ts";
import { decideConfirmMessages, type ConfirmMessages } from "./message/send.ts";
import { decideParkRun, decideUnparkRun, type ParkRun, type UnparkRun } from "./run/park.ts";
import { decideQuarantineRun, type QuarantineRun } from "./run/quarantine.ts";
import { decideLeaveLane, decideRestRuns, decideResumeRuns, type LeaveLane, type RestRuns, type ResumeRuns } from "./run/suspicion.ts";
import { decideTimeOutRun, type TimeOutRun } from "./run/time-out.ts";
import type { PartitionState } from "./state.ts";
import { decideCancelSteps, type CancelSteps } from "./step/cancel.ts";
import { decideCompleteStep, type CompleteStep } from "./step/complete.ts";
import { decideFailStep, type FailStep } from "./step/fail.ts";
import { decideAdvanceIteration, type AdvanceIteration } from "./step/iterate.ts";
import { decideSendEvents, type SendEvents } from "./step/send-events.ts";
import { decideStartSleep, decideWake, type StartSleep } from "./timer/sleep.ts";
import { decideActivateManifest, type ActivateManifest } from "./trigger/manifest.ts";
import { decideActivateShape, type ActivateShape } from "./wait/activate.ts";
import { decideForgetCells, type ForgetCells } from "./flow/cells.ts";
import { decideFlowDue, type FlowDue } from "./flow/gates/due.ts";
import { decideReturnIdlePermits, type ReturnIdlePermits } from "./flow/limits/permits.ts";
import {
  decideAskFirstSlot,
  decideAskSlots,
  decideReturnSlots,
  type AskFirstSlot,
  type AskSlots,
  type ReturnSlots,
} from "./flow/limits/slots.ts";
import { decideExpireWaits, type ExpireWaits } from "./wait/expire.ts";
import { decideContinueOffer, type ContinueOffer } from "./wait/offer.ts";
import { decideStartWait, type StartWait } from "./wait/start.ts";

/** A sleep's time has come. */
export interface WakeStep {
  readonly type: "WakeStep";
  readonly run: RunId;
  readonly step: StepKey;
}

/** What the owner itself resolved to do; it stands in the journal as it is. */
export interface OwnerSays {
  readonly type: "OwnerSays";
  readonly record: OwnerReleasing | OwnerReleased | SourcePositionSet | DigestTold;
}

/** What the task found out for another: a time, or events of its past. */
export interface TellTask {
  readonly type: "TellTask";
  readonly messages: readonly Message[];
}

/** Every input but those of sources, which come with a position (see event/arrive.ts). */
export type Input =
  | EndBackfill
  | LocateBackfill
  | EndHandlings
  | FailHandling
  | TryHandlings
  | AbandonHandling
  | AskSlots
  | AskFirstSlot
  | ReturnSlots
  | FlowDue
  | ForgetCells
  | ReturnIdlePermits
  | StartWait
  | InvokeChild
  | ExpireChild
  | SendEvents
  | AdvanceIteration
  | CancelSteps
  | TimeOutRun
  | ResumeRuns
  | LeaveLane
  | RestRuns
  | QuarantineRun
  | ConfirmMessages
  | ContinueOffer
  | ExpireWaits
  | ActivateShape
  | TellTask
  | TickCron
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
    case "EndBackfill":
      return decideEndBackfill(state, input);
    case "LocateBackfill":
      return decideLocateBackfill(state, input);
    case "CompleteStep":
      return decideCompleteStep(state, input, now);
    case "CompleteRun":
      return decideCompleteRun(state, input, now);
    case "FailStep":
      return decideFailStep(state, input, now);
    case "StartSleep":
      return decideStartSleep(state, input, now);
    case "WakeStep":
      return decideWake(state, input.run, input.step, now);
    case "AskSlots":
      return decideAskSlots(state, input);
    case "AskFirstSlot":
      return decideAskFirstSlot(state, input);
    case "ReturnSlots":
      return decideReturnSlots(state, input);
    case "FlowDue":
      return decideFlowDue(state, input, now);
    case "ReturnIdlePermits":
      return decideReturnIdlePermits(state, input);
    case "ForgetCells":
      return decideForgetCells(state, input, now);
    case "StartWait":
      return decideStartWait(state, input, now);
    case "InvokeChild":
      return decideInvokeChild(state, input, now);
    case "ExpireChild":
      return decideExpireChild(state, input, now);
    case "SendEvents":
      return decideSendEvents(state, input, now);
    case "AdvanceIteration":
      return decideAdvanceIteration(state, input, now);
    case "CancelSteps":
      return decideCancelSteps(state, input, now);
    case "TimeOutRun":
      return decideTimeOutRun(state, input, now);
    case "ResumeRuns":
      return decideResumeRuns(state, input);
    case "LeaveLane":
      return decideLeaveLane(state, input);
    case "RestRuns":
      return decideRestRuns(state, input);
    case "QuarantineRun":
      return decideQuarantineRun(state, input, now);
    case "ConfirmMessages":
      return decideConfirmMessages(state, input);
    case "ContinueOffer":
      return decideContinueOffer(state, input);
    case "ExpireWaits":
      return decideExpireWaits(state, input, now);
    case "ActivateShape":
      return decideActivateShape(state, input);
    case "TickCron":
      return decideTick(state, input, now);
    case "EndHandlings":
      return decideEndHandlings(state, input);
    case "FailHandling":
      return decideFailHandling(state, input, now);
    case "TryHandlings":
      return decideTryHandlings(state, input);
    case "AbandonHandling":
      return decideAbandonHandling(state, input);
    case "TellTask":
      return decidedAndTold([], input.messages);
    case "FailRunAttempt":
      return decideFailRunAttempt(state, input, now);
    case "ParkRun":
      return decideParkRun(state, input);
    case "UnparkRun":
      return decideUnparkRun(state, input);
    case "ConfirmEmissions":
      return decideConfirmEmissions(state, input);
    case "ActivateManifest":
      return decideActivateManifest(state, input, now);
    case "OwnerSays":
      return decided(input.record);
    default:
      return unreachable(input);
  }
}
