// What a record changes of that which is large: runs and which of their steps, waits, remembered events. Whoever copies the state as it
// changes (R12) is told before. All else is either small, and compared as a whole, or a queue, which grows at its end and shrinks at its front.
import { unreachable } from "../core/errors.ts";
import type { RunId, StepKey } from "../core/ids.ts";
import type { JournalRecord } from "./records.ts";

export interface ChangeWatcher {
  /** The run begins or changes. `step`: the one of its steps that does, null for none. */
  run(id: RunId, step: StepKey | null): void;
  /** The run leaves the state. */
  runEnds(id: RunId): void;
  /** The wait, decided in this partition, comes, goes or is replaced. */
  wait(run: RunId, step: StepKey): void;
  /** A remembered event, by its number, changes. */
  kept(number: number): void;
  /** A cell of flow or of a consumer, by its key in the image, comes, goes or changes. Told by what folds it. */
  flow(key: string): void;
}

/** Called before the record is folded. */
export function announce(record: JournalRecord, watcher: ChangeWatcher): void {
  switch (record.type) {
    case "RunsStarted":
      for (const { id } of record.runs) watcher.run(id, null);
      return;
    case "StepAdopted":
    case "StepCompleted":
    case "StepFailed":
    case "SleepStarted":
    case "SleepEnded":
    case "WaitStarted":
    case "WaitResolved":
    case "ChildInvoked":
    case "IterationAdvanced":
      watcher.run(record.run, record.step);
      return;
    case "StepsCancelled":
      for (const step of record.steps) watcher.run(record.run, step);
      watcher.run(record.run, null);
      return;
    case "RerunStarted":
    case "SlotsAsked":
    case "SlotsGiven":
    case "SlotsReturned":
    case "RunAttemptFailed":
    case "RunParked":
    case "RunUnparked":
    case "LaneEntered":
    case "LaneLeft":
    case "RunQuarantined":
    case "RunReleased":
      watcher.run(record.run, null);
      return;
    case "RunsResumed":
    case "RunsRested":
      for (const id of record.runs) watcher.run(id, null);
      return;
    case "RunCompleted":
    case "RunFailed":
    case "RunCancelled":
      watcher.runEnds(record.run);
      return;
    case "WaitRegistered":
    case "WaitClosed":
      watcher.wait(record.run, record.step);
      return;
    case "EventTaken":
      watcher.kept(record.kept);
      return;
    // Queues.
    case "EmissionOwed":
    case "EmissionsConfirmed":
    case "MessageSent":
    case "MessagesConfirmed":
    case "EventKept":
      return;
    // Told where they are folded.
    case "RunQueued":
    case "RunUnqueued":
    case "CellSet":
    case "CellsForgotten":
    case "EventHeld":
    case "HeldWentOn":
    case "EventSpread":
    case "SpreadAdvanced":
    case "PermitsHeld":
    case "PermitsLeased":
    case "EventConsumed":
    case "HandlingFailed":
    case "HandlingsTried":
    case "HandlingEnded":
      return;
    // Small.
    case "BackfillStarted":
    case "BackfillLocated":
    case "BackfillAdvanced":
    case "BackfillChanged":
    case "BackfillEnded":
    case "DigestTold":
    case "ConsumerSteered":
    case "ConsumerTold":
    case "RunSkipped":
    case "OfferAdvanced":
    case "MessagesReceived":
    case "WatermarkRaised":
    case "ScanAsked":
    case "ScanWanted":
    case "ScanAnswered":
    case "ShapeActivated":
    case "CronScheduled":
    case "ManifestActivated":
    case "SourcePositionSet":
    case "OwnerReleasing":
    case "OwnerReleased":
    case "InputRejected":
      return;
    default:
      return unreachable(record);
  }
}
