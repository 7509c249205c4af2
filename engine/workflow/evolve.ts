// The fold: one record after the other makes the state. Replay comes through here and nowhere else (R2).
import { evolveEmissionOwed, evolveEmissionsConfirmed } from "./emission/emission.ts";
import type { JournalRecord } from "./records.ts";
import { evolveRunAttemptFailed } from "./run/attempt.ts";
import { evolveRunCompleted } from "./run/complete.ts";
import { evolveRunFailed } from "./run/fail.ts";
import { evolveRunParked, evolveRunUnparked } from "./run/park.ts";
import { evolveRunsStarted } from "./run/start.ts";
import { evolveSourcePositionSet } from "./source/source.ts";
import type { PartitionState } from "./state.ts";
import { evolveStepCompleted } from "./step/complete.ts";
import { evolveStepFailed } from "./step/fail.ts";
import { evolveSleepEnded, evolveSleepStarted } from "./timer/sleep.ts";
import { evolveManifestActivated } from "./trigger/manifest.ts";
import { unreachable } from "../core/errors.ts";

/** `time` is the time of the frame that holds the record. */
export function evolve(state: PartitionState, record: JournalRecord, time: number): void {
  switch (record.type) {
    case "StepCompleted":
      return evolveStepCompleted(state, record);
    case "RunsStarted":
      return evolveRunsStarted(state, record, time);
    case "RunCompleted":
      return evolveRunCompleted(state, record);
    case "StepFailed":
      return evolveStepFailed(state, record);
    case "SleepStarted":
      return evolveSleepStarted(state, record);
    case "SleepEnded":
      return evolveSleepEnded(state, record);
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
      return evolveSourcePositionSet(state, record);
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
