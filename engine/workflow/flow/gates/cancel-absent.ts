// A run that is to be cancelled is not among those that have begun: it waits in a line, or it is on its way here, or it is over.
import { partitionOfRun, type RunId } from "../../../core/ids.ts";
import { decided, ignored, type Decision } from "../../decision.ts";
import type { PartitionState } from "../../state.ts";
import { cancelQueued } from "../lines/cancel-queued.ts";
import { cancelledKey } from "../keys.ts";
import { pauseOf } from "../limits/pause.ts";
import { keyOfGate } from "./places.ts";
import { GATES, type FlowSpec } from "../spec.ts";

/** A run waits at another gate than its last for no longer than this, or it starts in spite of having been cancelled there. */
const REMEMBERED_MS = 7 * 86_400_000;

export function decideCancelAbsent(state: PartitionState, id: RunId, reason: string, now: number): Decision {
  const row = state.flow.rows.get(id);
  if (row !== undefined) return cancelQueued(state, row, reason);
  if (partitionOfRun(id) !== state.partition || !mayBeOnItsWay(state)) return ignored("run is over");
  return decided({ type: "CellSet", key: cancelledKey(id), kind: "cancelled", until: now + REMEMBERED_MS, numbers: [], text: reason });
}

/** Whether runs may be at another gate than their last, or on their way between two of them. */
function mayBeOnItsWay(state: PartitionState): boolean {
  const { manifest, partitions } = state;
  if (manifest === null) return true;
  for (const [id, { flow }] of manifest.functions) {
    // An event that is read elsewhere comes here by a message, which a cancellation may overtake.
    if (partitions > 1 && (flow !== undefined || pauseOf(state, id) !== null)) return true;
    if (flow !== undefined && isHeldUpBefore(flow)) return true;
  }
  return false;
}

function isHeldUpBefore(flow: FlowSpec): boolean {
  return GATES.some((gate) => gate !== "pause" && gate !== "home" && keyOfGate(flow, gate) !== null);
}
