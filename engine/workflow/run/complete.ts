// A function returned: its run is over, and its cells are dropped. The result stays in the journal.
import type { RunId } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { RunCompleted } from "../records.ts";
import type { PartitionState } from "../state.ts";

export interface CompleteRun {
  readonly type: "CompleteRun";
  readonly run: RunId;
  readonly output: string | null;
}

export function evolveRunCompleted(state: PartitionState, record: RunCompleted): void {
  state.runs.delete(record.run);
}

export function decideCompleteRun(state: PartitionState, input: CompleteRun): Decision {
  if (!state.runs.has(input.run)) return ignored("run is over");
  return decided({ type: "RunCompleted", run: input.run, output: input.output });
}
