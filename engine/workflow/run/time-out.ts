// A run has a time to begin in, and a time to be over in: its function's `timeouts`.
import type { RunId } from "../../core/ids.ts";
import { ignored, type Decision } from "../decision.ts";
import { cancelQueued } from "../flow/cancel-queued.ts";
import type { PartitionState, RunState } from "../state.ts";
import { decideCancelRun } from "./cancel.ts";
import { NEVER } from "./suspicion.ts";

/** A run's time may be up. `isBegun`: this owner has called its code. */
export interface TimeOutRun {
  readonly type: "TimeOutRun";
  readonly run: RunId;
  readonly isBegun: boolean;
}

export function decideTimeOutRun(state: PartitionState, { run: id, isBegun }: TimeOutRun, now: number): Decision {
  const run = state.runs.get(id);
  if (run === undefined) {
    const row = state.flow.rows.get(id);
    const isLate = row !== undefined && row.startBy !== null && row.startBy <= now;
    return isLate ? cancelQueued(state, row, "its code was not called in time (timeouts.start)") : ignored("run is over");
  }
  if (run.finishBy !== null && run.finishBy <= now) return decideCancelRun(state, id, "it was not over in time (timeouts.finish)", now);
  const mayBeBegun = isBegun || run.steps.size > 0 || run.attempt > 0 || isInherited(state, run);
  const isLate = run.startBy !== null && run.startBy <= now && !mayBeBegun;
  return isLate ? decideCancelRun(state, id, "its code was not called in time (timeouts.start)", now) : ignored("it is in time");
}

/** Another owner than the one in force has started it, and may have called its code before it went. */
function isInherited(state: PartitionState, run: RunState): boolean {
  return run.outcomeEpoch !== (state.owner?.epoch ?? NEVER);
}
