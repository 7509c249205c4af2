// A run is cancelled: by people, by an event of its function's cancelOn, with its parent, or since it took too long. Between steps: what its
// code executes is aborted, and what comes of it does not count.
import type { RunId } from "../../core/ids.ts";
import { decidedAndTold, type Decision } from "../decision.ts";
import type { RunCancelled } from "../records.ts";
import { endRun } from "./end-run.ts";
import type { PartitionState } from "../state.ts";
import { endMessages } from "./end.ts";
import { tellEnded } from "./ended.ts";
import { decideCancelAbsent } from "../flow/gates/cancel-absent.ts";
import { cancelHandlerId } from "./handlers.ts";

export function evolveRunCancelled(state: PartitionState, record: RunCancelled): void {
  endRun(state, record.run);
}

export function decideCancelRun(state: PartitionState, id: RunId, reason: string, now: number): Decision {
  const run = state.runs.get(id);
  if (run === undefined) return decideCancelAbsent(state, id, reason, now);
  const hasHandler = state.manifest?.functions.get(run.functionId)?.onCancel === true;
  const handler = hasHandler ? cancelHandlerId(run.functionId) : null;
  const told = tellEnded(state, run, { kind: "function.cancelled", facts: { reason }, handler }, now);
  const messages = endMessages(state, run, { error: { name: "CancelledError", message: reason, stack: null } });
  return decidedAndTold([{ type: "RunCancelled", run: id, reason }, ...told.records], [...messages, ...told.messages]);
}
