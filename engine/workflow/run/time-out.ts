// A run has a time to begin in, and a time to be over in: its function's `timeouts`.
import type { RunId } from "../../core/ids.ts";
import { ignored, type Decision } from "../decision.ts";
import type { PartitionState } from "../state.ts";
import { decideCancelRun } from "./cancel.ts";

/** A run's time may be up. `isBegun`: its code was called. */
export interface TimeOutRun {
  readonly type: "TimeOutRun";
  readonly run: RunId;
  readonly isBegun: boolean;
}

export function decideTimeOutRun(state: PartitionState, { run: id, isBegun }: TimeOutRun, now: number): Decision {
  const run = state.runs.get(id);
  if (run === undefined) return ignored("run is over");
  if (run.finishBy !== null && run.finishBy <= now) return decideCancelRun(state, id, "it was not over in time (timeouts.finish)", now);
  const isLate = run.startBy !== null && run.startBy <= now && !isBegun && run.steps.size === 0 && run.attempt === 0;
  return isLate ? decideCancelRun(state, id, "its code was not called in time (timeouts.start)", now) : ignored("it is in time");
}
