// A run has a time to begin in, and a time to be over in: its function's `timeouts`.
import type { RunId } from "../../core/ids.ts";
import { ignored, type Decision } from "../decision.ts";
import { cancelLate } from "../flow/lines/cancel-queued.ts";
import type { PartitionState, RunState } from "../state.ts";
import { decideCancelRun } from "./cancel.ts";
import { NEVER } from "./suspicion.ts";
import { NOT_CALLED, NOT_OVER } from "./times.ts";

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
    return isLate ? cancelLate(state, row) : ignored("run is over");
  }
  if (run.finishBy !== null && run.finishBy <= now) return decideCancelRun(state, id, NOT_OVER, now);
  const mayBeBegun = isBegun || run.steps.size > 0 || run.attempt > 0 || isInherited(state, run);
  const isLate = run.startBy !== null && run.startBy <= now && !mayBeBegun;
  return isLate ? decideCancelRun(state, id, NOT_CALLED, now) : ignored("it is in time");
}

/** Another owner than the one in force has started it, and may have called its code before it went. */
function isInherited(state: PartitionState, run: RunState): boolean {
  return run.outcomeEpoch !== (state.owner?.epoch ?? NEVER);
}
