// A function returned: its run is over, and its cells are dropped. The result stays in the journal.
import type { RunId } from "../../core/ids.ts";
import { decidedAndTold, ignored, type Decision } from "../decision.ts";
import type { RunCompleted } from "../records.ts";
import { breakerNotesOfBody } from "../flow/limits/breaker-room.ts";
import { endRun } from "./end-run.ts";
import type { PartitionState } from "../state.ts";
import { endMessages } from "./end.ts";

export interface CompleteRun {
  readonly type: "CompleteRun";
  readonly run: RunId;
  readonly output: string | null;
}

export function evolveRunCompleted(state: PartitionState, record: RunCompleted): void {
  endRun(state, record.run);
}

export function decideCompleteRun(state: PartitionState, { run: id, output }: CompleteRun, now: number): Decision {
  const run = state.runs.get(id);
  if (run === undefined) return ignored("run is over");
  const notes = run.flow === null ? [] : breakerNotesOfBody(state, run, now, false);
  return decidedAndTold([...notes, { type: "RunCompleted", run: id, output }], endMessages(state, run, { output }));
}
