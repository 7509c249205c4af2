// Which function a run is of, and since when it runs, for people: also of a run that is over, until that is acknowledged and told.
import type { RunId } from "../core/ids.ts";
import type { JournalRecord } from "../workflow/records.ts";
import type { PartitionState } from "../workflow/state.ts";

export interface Named {
  readonly functionId: string;
  /** Milliseconds since 1970 by the log's clock. */
  readonly startedAt: number;
}

export class FunctionNames {
  readonly #state: PartitionState;
  readonly #ended = new Map<RunId, Named>();

  constructor(state: PartitionState) {
    this.#state = state;
  }

  of(run: RunId): string | undefined {
    return this.find(run)?.functionId;
  }

  find(run: RunId): Named | undefined {
    return this.#ended.get(run) ?? this.#state.runs.peek(run);
  }

  /** The record is about to change the state. */
  recording(record: JournalRecord): void {
    if (!ends(record)) return;
    const run = this.#state.runs.peek(record.run);
    if (run !== undefined) this.#ended.set(record.run, { functionId: run.functionId, startedAt: run.startedAt });
  }

  /** The record is acknowledged, and told. */
  told(record: JournalRecord): void {
    if (ends(record)) this.#ended.delete(record.run);
  }
}

function ends(record: JournalRecord): record is Extract<JournalRecord, { type: "RunCompleted" | "RunFailed" | "RunCancelled" }> {
  return record.type === "RunCompleted" || record.type === "RunFailed" || record.type === "RunCancelled";
}
