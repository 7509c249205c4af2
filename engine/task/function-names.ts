// Which function a run is of, for people: also of a run that is over, until that is acknowledged and told.
import type { RunId } from "../core/ids.ts";
import type { JournalRecord } from "../workflow/records.ts";
import type { PartitionState } from "../workflow/state.ts";

export class FunctionNames {
  readonly #state: PartitionState;
  readonly #ended = new Map<RunId, string | undefined>();

  constructor(state: PartitionState) {
    this.#state = state;
  }

  of(run: RunId): string | undefined {
    return this.#ended.get(run) ?? this.#state.runs.peek(run)?.functionId;
  }

  /** The record is about to change the state. */
  recording(record: JournalRecord): void {
    if (endsBadly(record)) this.#ended.set(record.run, this.of(record.run));
  }

  /** The record is acknowledged, and told. */
  told(record: JournalRecord): void {
    if (endsBadly(record)) this.#ended.delete(record.run);
  }
}

function endsBadly(record: JournalRecord): record is Extract<JournalRecord, { type: "RunFailed" | "RunCancelled" }> {
  return record.type === "RunFailed" || record.type === "RunCancelled";
}
