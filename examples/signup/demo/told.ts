// What the demo wants to know of the journal, in its own words. Workers tell it live, when the log has acknowledged it; at the end the journal is read.
import { idempotencyKeyOf } from "../../../engine/execution/idempotency-key.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";

export type Told =
  | { readonly type: "run started"; readonly run: string; readonly functionId: string; readonly event: string }
  | { readonly type: "run ended"; readonly run: string; readonly completed: boolean }
  /** `key` names a step as the services know it: its idempotency key. */
  | { readonly type: "step finished"; readonly key: string; readonly gaveUp: boolean }
  | { readonly type: "attempt failed"; readonly key: string }
  | { readonly type: "sleep started"; readonly key: string }
  | { readonly type: "sleep ended"; readonly key: string };

export function toldBy(record: JournalRecord): readonly Told[] {
  switch (record.type) {
    case "RunsStarted":
      return record.runs.map(({ id, functionId }) => ({ type: "run started", run: id, functionId, event: record.event.id }));
    case "RunCompleted":
      return [{ type: "run ended", run: record.run, completed: true }];
    case "RunFailed":
      return [{ type: "run ended", run: record.run, completed: false }];
    case "StepCompleted":
      return [{ type: "step finished", key: keyOf(record), gaveUp: false }];
    case "StepFailed": {
      const failed: Told = { type: "attempt failed", key: keyOf(record) };
      return record.retryAt === null ? [failed, { type: "step finished", key: keyOf(record), gaveUp: true }] : [failed];
    }
    case "SleepStarted":
      return [{ type: "sleep started", key: keyOf(record) }];
    case "SleepEnded":
      return [{ type: "sleep ended", key: keyOf(record) }];
    default:
      return [];
  }
}

function keyOf({ run, step }: Extract<JournalRecord, { step: unknown }>): string {
  return idempotencyKeyOf(run, step);
}
