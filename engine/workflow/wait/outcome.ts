// What follows when an event has found its wait.
import type { Message } from "../decision.ts";
import type { JournalRecord, TriggerEvent, WaitPurpose } from "../records.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import { partitionOfRun } from "../../core/ids.ts";

export interface Waiting {
  readonly run: RunId;
  readonly step: StepKey;
  readonly purpose: WaitPurpose;
}

/** To the run: the event it waited for, or that one came which cancels it. */
export function matchMessage({ run, step, purpose }: Waiting, event: TriggerEvent): Message {
  const to = partitionOfRun(run);
  if (purpose === "cancel") return { to, body: { type: "CancelRun", run, reason: `event ${event.name} (${event.id}) cancels it` } };
  return { to, body: { type: "ResolveWait", run, step, outcome: "matched", event, purpose } };
}

export function endMessage({ run, step, purpose }: Waiting, outcome: "expired" | "replaced" | "refused"): Message {
  return { to: partitionOfRun(run), body: { type: "ResolveWait", run, step, outcome, event: null, purpose } };
}

export function waitClosed({ run, step }: Waiting): JournalRecord {
  return { type: "WaitClosed", run, step };
}
