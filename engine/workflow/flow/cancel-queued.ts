// A run is cancelled before it began. Its code was never called, so neither is its onCancel; who waits for it is told.
import { partitionOfRun, type RunId } from "../../core/ids.ts";
import { decidedAndTold, type Decided, type Message } from "../decision.ts";
import type { PartitionState } from "../state.ts";
import { cancelStepKey } from "../wait/cancel-on.ts";
import type { QueuedRow } from "./rows.ts";
import { tellSingletonEnded } from "./tell-singleton.ts";

export function cancelQueued(state: PartitionState, { run, parent, singleton, cancels }: QueuedRow, reason: string): Decided {
  const messages: Message[] = [...tellSingletonEnded(state, run, singleton), ...watchNoMore(run, cancels)];
  if (parent !== null) {
    const error = { name: "CancelledError", message: reason, stack: null };
    messages.push({
      to: partitionOfRun(parent.run),
      body: { type: "ChildEnded", run: parent.run, step: parent.step, child: run, output: null, error },
    });
  }
  return decidedAndTold([{ type: "RunUnqueued", run, reason }], messages);
}

/** Nothing can cancel the run any more: it never begins. */
export function watchNoMore(run: RunId, cancels: readonly number[]): readonly Message[] {
  return cancels.flatMap((to, index) => (to < 0 ? [] : [{ to, body: { type: "CancelWait", run, step: cancelStepKey(index) } }]));
}
