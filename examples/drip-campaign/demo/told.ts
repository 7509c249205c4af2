// What the demo wants to hear of the journal while it plays.
import { idempotencyKeyOf } from "../../../engine/execution/idempotency-key.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import type { CampaignOutcome } from "../events.ts";

export type Told =
  | { readonly type: "run started"; readonly run: string; readonly functionId: string }
  | { readonly type: "run ended"; readonly run: string; readonly outcome: CampaignOutcome | "cancelled" | null }
  /** `key` names a step as the services know it: its idempotency key. */
  | { readonly type: "step finished"; readonly run: string; readonly key: string }
  | { readonly type: "wait started"; readonly run: string; readonly event: string };

export function toldBy(record: JournalRecord): readonly Told[] {
  switch (record.type) {
    case "RunsStarted":
      return record.runs.map(({ id, functionId }) => ({ type: "run started", run: id, functionId }));
    case "RunCompleted":
      return [{ type: "run ended", run: record.run, outcome: outcomeOf(record.output) }];
    case "RunFailed":
      return [{ type: "run ended", run: record.run, outcome: null }];
    case "RunCancelled":
      return [{ type: "run ended", run: record.run, outcome: "cancelled" }];
    case "StepCompleted":
      return [{ type: "step finished", run: record.run, key: idempotencyKeyOf(record.run, record.step) }];
    case "WaitStarted":
      return [{ type: "wait started", run: record.run, event: record.event }];
    default:
      return [];
  }
}

/** Of a run of `drip`; null of another's. */
function outcomeOf(output: string | null): CampaignOutcome | null {
  const { outcome = null } = (JSON.parse(output ?? "null") ?? {}) as { outcome?: CampaignOutcome | null };
  return outcome;
}
