// What records say of backfills, for whoever reads a journal for them alone.
import type { JournalRecord } from "../records.ts";
import { evolveBackfillChanged } from "./control.ts";
import { evolveBackfillAdvanced } from "./ranges.ts";
import { evolveBackfillEnded, evolveBackfillLocated, evolveBackfillStarted } from "./start.ts";
import type { BackfillsKept } from "./state.ts";

/** `time`: that of the record's frame. Other records change nothing. */
export function foldBackfill(kept: BackfillsKept, record: JournalRecord, time: number): void {
  switch (record.type) {
    case "BackfillStarted":
      return evolveBackfillStarted(kept, record, time);
    case "BackfillLocated":
      return evolveBackfillLocated(kept, record);
    case "BackfillAdvanced":
      return evolveBackfillAdvanced(kept, record);
    case "BackfillChanged":
      return evolveBackfillChanged(kept, record);
    case "BackfillEnded":
      return evolveBackfillEnded(kept, record);
    default:
      return;
  }
}
