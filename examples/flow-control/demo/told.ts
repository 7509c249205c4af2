// What the demo wants to hear of the journal while it plays.
import { idempotencyKeyOf } from "../../../engine/execution/idempotency-key.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";

export type Told =
  /** `key` names a step as the services know it: its idempotency key. */
  | { readonly type: "step finished"; readonly key: string }
  | { readonly type: "breaker"; readonly isOpen: boolean }
  | { readonly type: "sync skipped" };

export function toldBy(record: JournalRecord): readonly Told[] {
  switch (record.type) {
    case "StepCompleted":
      return [{ type: "step finished", key: idempotencyKeyOf(record.run, record.step) }];
    case "CellSet":
      return record.kind === "breaker" ? [{ type: "breaker", isOpen: isOpen(record.numbers) }] : [];
    case "RunSkipped":
      return record.functionId === "sync" ? [{ type: "sync skipped" }] : [];
    default:
      return [];
  }
}

/** A breaker's cell begins with when it opened; −1: it is closed. */
export function isOpen([openedAt = -1]: readonly number[]): boolean {
  return openedAt >= 0;
}
