// The fold: one record after the other makes the state. Replay comes through here and nowhere else (R2).
import { evolveConsumerSteered } from "./consumer/steer.ts";
import { evolveEmissionOwed, evolveEmissionsConfirmed } from "./emission/emission.ts";
import type { JournalRecord } from "./records.ts";
import { evolveRunAttemptFailed } from "./run/attempt.ts";
import { evolveRunCompleted } from "./run/complete.ts";
import { evolveRunFailed } from "./run/fail.ts";
import { evolveRunParked, evolveRunUnparked } from "./run/park.ts";
import { evolveRerunStarted, evolveStepAdopted } from "./run/rerun.ts";
import { evolveRunsStarted } from "./run/start.ts";
import { evolveSourcePositionSet } from "./source/source.ts";
import type { PartitionState } from "./state.ts";
import { evolveStepCompleted } from "./step/complete.ts";
import { evolveStepFailed } from "./step/fail.ts";
import { evolveSleepEnded, evolveSleepStarted } from "./timer/sleep.ts";
import { evolveManifestActivated } from "./trigger/manifest.ts";
import { unreachable } from "../core/errors.ts";
import { evolveBackfillChanged } from "./backfill/control.ts";
import { evolveBackfillAdvanced } from "./backfill/ranges.ts";
import { evolveSeamsMovedBack } from "./backfill/seams.ts";
import { evolveBackfillEnded, evolveBackfillLocated, evolveBackfillStarted } from "./backfill/start.ts";
import { announce } from "./changes.ts";
import { evolveChildInvoked } from "./child/invoke.ts";
import { evolveEventConsumed } from "./consumer/consume.ts";
import { evolveHandlingEnded, evolveHandlingFailed } from "./consumer/handling.ts";
import { evolveHandlingsTried } from "./consumer/suspicion.ts";
import { evolveCronScheduled } from "./cron/tick.ts";
import { evolveMessagesReceived } from "./message/receive.ts";
import { evolveMessageSent, evolveMessagesConfirmed } from "./message/send.ts";
import { evolveRunCancelled } from "./run/cancel.ts";
import { evolveRunQuarantined, evolveRunReleased } from "./run/quarantine.ts";
import { evolveLaneEntered, evolveLaneLeft, evolveRunsRested, evolveRunsResumed } from "./run/suspicion.ts";
import { evolveStepsCancelled } from "./step/cancel.ts";
import { evolveIterationAdvanced } from "./step/iterate.ts";
import { evolveShapeActivated } from "./wait/activate.ts";
import { evolveEventKept, evolveOfferAdvanced, evolveEventTaken } from "./wait/offer.ts";
import { evolveWaitRegistered, evolveWaitClosed } from "./wait/register.ts";
import { evolveWaitResolved } from "./wait/resolve.ts";
import { evolveScanAsked, evolveScanAnswered, evolveScanWanted } from "./wait/scan.ts";
import { evolveWaitStarted } from "./wait/start.ts";
import { evolveWatermarkRaised } from "./wait/watermark.ts";
import { evolveCellsForgotten, evolveCellSet } from "./flow/cells.ts";
import { evolveEventHeld, evolveHeldWentOn } from "./flow/held.ts";
import { evolvePermitsHeld, evolvePermitsLeased } from "./flow/limits/permits.ts";
import { evolveRunQueued, evolveRunUnqueued } from "./flow/lines/queue.ts";
import { evolveEventSpread, evolveSpreadAdvanced } from "./flow/gates/spread.ts";
import { evolveSlotsAsked, evolveSlotsGiven, evolveSlotsReturned } from "./flow/limits/slots.ts";

/** `time` is the time of the frame that holds the record. */
export function evolve(state: PartitionState, record: JournalRecord, time: number): void {
  if (state.watcher !== null) announce(record, state.watcher);
  change(state, record, time);
  state.runs.settle();
}

function change(state: PartitionState, record: JournalRecord, time: number): void {
  switch (record.type) {
    case "StepCompleted":
      return evolveStepCompleted(state, record, time);
    case "RunsStarted":
      return evolveRunsStarted(state, record, time);
    case "RerunStarted":
      return evolveRerunStarted(state, record);
    case "StepAdopted":
      return evolveStepAdopted(state, record, time);
    case "RunCompleted":
      return evolveRunCompleted(state, record);
    case "StepFailed":
      return evolveStepFailed(state, record, time);
    case "SleepStarted":
      return evolveSleepStarted(state, record);
    case "SleepEnded":
      return evolveSleepEnded(state, record, time);
    case "RunAttemptFailed":
      return evolveRunAttemptFailed(state, record);
    case "RunFailed":
      return evolveRunFailed(state, record);
    case "RunParked":
      return evolveRunParked(state, record);
    case "RunUnparked":
      return evolveRunUnparked(state, record);
    case "EmissionOwed":
      return evolveEmissionOwed(state, record);
    case "EmissionsConfirmed":
      return evolveEmissionsConfirmed(state, record);
    case "ManifestActivated":
      return evolveManifestActivated(state, record);
    case "SourcePositionSet":
      evolveSourcePositionSet(state, record);
      return evolveSeamsMovedBack(state, record);
    case "WaitStarted":
      return evolveWaitStarted(state, record);
    case "WaitResolved":
      return evolveWaitResolved(state, record, time);
    case "StepsCancelled":
      return evolveStepsCancelled(state, record);
    case "ChildInvoked":
      return evolveChildInvoked(state, record, time);
    case "IterationAdvanced":
      return evolveIterationAdvanced(state, record);
    case "RunCancelled":
      return evolveRunCancelled(state, record);
    case "RunsResumed":
      return evolveRunsResumed(state, record);
    case "LaneEntered":
      return evolveLaneEntered(state, record);
    case "LaneLeft":
      return evolveLaneLeft(state, record);
    case "RunsRested":
      return evolveRunsRested(state, record);
    case "RunQuarantined":
      return evolveRunQuarantined(state, record);
    case "RunReleased":
      return evolveRunReleased(state, record);
    case "MessageSent":
      return evolveMessageSent(state, record);
    case "MessagesConfirmed":
      return evolveMessagesConfirmed(state, record);
    case "MessagesReceived":
      return evolveMessagesReceived(state, record);
    case "WaitRegistered":
      return evolveWaitRegistered(state, record);
    case "WaitClosed":
      return evolveWaitClosed(state, record);
    case "EventKept":
      return evolveEventKept(state, record, time);
    case "OfferAdvanced":
      return evolveOfferAdvanced(state, record);
    case "EventTaken":
      return evolveEventTaken(state, record);
    case "WatermarkRaised":
      return evolveWatermarkRaised(state, record);
    case "ScanAsked":
      return evolveScanAsked(state, record);
    case "ScanWanted":
      return evolveScanWanted(state, record);
    case "ScanAnswered":
      return evolveScanAnswered(state, record);
    case "ShapeActivated":
      return evolveShapeActivated(state, record);
    case "CronScheduled":
      return evolveCronScheduled(state, record);
    case "RunQueued":
      return evolveRunQueued(state, record);
    case "RunUnqueued":
      return evolveRunUnqueued(state, record);
    case "CellSet":
      return evolveCellSet(state, record);
    case "CellsForgotten":
      return evolveCellsForgotten(state, record);
    case "EventHeld":
      return evolveEventHeld(state, record, time);
    case "HeldWentOn":
      return evolveHeldWentOn(state, record);
    case "EventSpread":
      return evolveEventSpread(state, record, time);
    case "SpreadAdvanced":
      return evolveSpreadAdvanced(state, record, time);
    case "BackfillStarted":
      return evolveBackfillStarted(state, record, time);
    case "BackfillLocated":
      return evolveBackfillLocated(state, record);
    case "BackfillAdvanced":
      return evolveBackfillAdvanced(state, record);
    case "BackfillChanged":
      return evolveBackfillChanged(state, record);
    case "BackfillEnded":
      return evolveBackfillEnded(state, record);
    case "SlotsAsked":
      return evolveSlotsAsked(state, record);
    case "SlotsGiven":
      return evolveSlotsGiven(state, record);
    case "SlotsReturned":
      return evolveSlotsReturned(state, record);
    case "PermitsHeld":
      return evolvePermitsHeld(state, record);
    case "PermitsLeased":
      return evolvePermitsLeased(state, record);
    case "EventConsumed":
      return evolveEventConsumed(state, record);
    case "HandlingFailed":
      return evolveHandlingFailed(state, record);
    case "ConsumerSteered":
      return evolveConsumerSteered(state, record);
    case "HandlingsTried":
      return evolveHandlingsTried(state, record);
    case "HandlingEnded":
      return evolveHandlingEnded(state, record);
    case "DigestTold":
    case "ConsumerTold":
    case "RunSkipped":
    case "InputRejected":
      return;
    case "OwnerReleasing":
      state.farewell = { kind: "releasing", until: record.until };
      return;
    case "OwnerReleased":
      state.farewell = { kind: "released" };
      return;
    default:
      return unreachable(record);
  }
}
