// A run has no attempt left: it ends, `onFailure` runs, and `millrace/function.failed` is owed to the events topic.
import { decidedAndTold, type Decided } from "../decision.ts";
import type { Failure, RunFailed } from "../records.ts";
import { endRun } from "./end-run.ts";
import type { PartitionState, RunState } from "../state.ts";
import { endMessages } from "./end.ts";
import { tellEnded } from "./ended.ts";
import { failureHandlerId } from "./handlers.ts";

export function evolveRunFailed(state: PartitionState, record: RunFailed): void {
  endRun(state, record.run);
}

export function decideRunFailed(state: PartitionState, run: RunState, error: Failure, now: number): Decided {
  const hasHandler = state.manifest?.functions.get(run.functionId)?.onFailure === true;
  const handler = hasHandler ? failureHandlerId(run.functionId) : null;
  const told = tellEnded(state, run, { kind: "function.failed", facts: { error }, handler }, now);
  return decidedAndTold(
    [{ type: "RunFailed", run: run.id, error }, ...told.records],
    [...endMessages(state, run, { error }), ...told.messages],
  );
}
