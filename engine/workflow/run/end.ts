// A run is over: who waits for it is told, and what it waited for is called off.
import { partitionOfRun } from "../../core/ids.ts";
import type { Message } from "../decision.ts";
import type { Failure } from "../records.ts";
import { tellSingletonEnded } from "../flow/gates/tell-singleton.ts";
import type { PartitionState, RunState } from "../state.ts";
import { cancelStepKey } from "../wait/cancel-on.ts";

export type RunEnd = { readonly output: string | null } | { readonly error: Failure };

export function endMessages(state: PartitionState, run: RunState, end: RunEnd): readonly Message[] {
  const messages: Message[] = [];
  const isFailed = "error" in end;
  for (const [step, state] of run.steps) {
    if (state.status === "waiting") messages.push({ to: state.to, body: { type: "CancelWait", run: run.id, step } });
    // A function that returns without awaiting a child lets it go on.
    if (state.status === "invoking" && isFailed && !state.detached) messages.push(cancelChild(run, state.child));
  }
  for (const [index, to] of run.cancels.entries()) {
    if (to >= 0) messages.push({ to, body: { type: "CancelWait", run: run.id, step: cancelStepKey(index) } });
  }
  messages.push(...tellSingletonEnded(state, run.id, run.flow?.singleton ?? null));
  if (run.parent !== null) {
    const { run: parent, step } = run.parent;
    const outcome = isFailed ? { output: null, error: end.error } : { output: end.output, error: null };
    messages.push({ to: partitionOfRun(parent), body: { type: "ChildEnded", run: parent, step, child: run.id, ...outcome } });
  }
  return messages;
}

/** `why`: what became of the run that invoked it, or of its step. */
export function cancelChild(run: RunState, child: RunState["id"], why = "is over"): Message {
  return { to: partitionOfRun(child), body: { type: "CancelRun", run: child, reason: `run ${run.id}, which invoked it, ${why}` } };
}
