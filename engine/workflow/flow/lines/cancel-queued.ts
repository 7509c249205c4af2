// A run is cancelled before it began. Its code was never called, so neither is its onCancel; who waits for it is told.
import { partitionOfRun, type StepKey } from "../../../core/ids.ts";
import { decidedAndTold, type Decided, type Message } from "../../decision.ts";
import type { QueueGate } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { NOT_CALLED, NOT_OVER } from "../../run/times.ts";
import { cancelStepKey, lineStepKey } from "../../wait/cancel-on.ts";
import type { QueuedRow } from "./rows.ts";
import { tellSingletonEnded } from "../gates/tell-singleton.ts";

export function cancelQueued(state: PartitionState, row: QueuedRow, reason: string): Decided {
  const { run, parent, singleton } = row;
  const messages: Message[] = [...tellSingletonEnded(state, run, singleton), ...watchNoMore(row)];
  if (parent !== null) {
    const error = { name: "CancelledError", message: reason, stack: null };
    messages.push({
      to: partitionOfRun(parent.run),
      body: { type: "ChildEnded", run: parent.run, step: parent.step, child: run, output: null, error },
    });
  }
  return decidedAndTold([{ type: "RunUnqueued", run, reason }], messages);
}

/** Its time to begin is over: by `timeouts.start`, or since it could not be over in time any more. */
export function cancelLate(state: PartitionState, row: QueuedRow): Decided {
  const { startMs, finishMs } = state.manifest?.functions.get(row.functionId)?.timeouts ?? {};
  const isByFinish = finishMs !== undefined && (startMs === undefined || finishMs <= startMs);
  return cancelQueued(state, row, isByFinish ? NOT_OVER : NOT_CALLED);
}

/** It leaves its line. `still`: partitions that watch for it as a run, where it begins here. */
export function watchNoMore({ run, gate, cancels }: QueuedRow, still: readonly number[] = []): readonly Message[] {
  return cancels.flatMap((to, index) =>
    to < 0 || to === still[index] ? [] : [{ to, body: { type: "CancelWait", run, step: stepOfWatch(gate)(index) } }],
  );
}

export function stepOfWatch(gate: QueueGate): (index: number) => StepKey {
  return gate === "home" ? cancelStepKey : lineStepKey;
}
