// The partition that decides a wait has decided it: the run goes on, unless it is over or was cancelled meanwhile.
import { decided, decidedAndTold, ignored, type Decision } from "../decision.ts";
import type { ResolveWait, WaitResolved } from "../records.ts";
import { noteOutcome } from "../run/outcome.ts";
import { exposeWoken } from "../run/suspicion.ts";
import type { PartitionState, StepState } from "../state.ts";
import { triggerOf } from "./seen.ts";
import { SIGNAL_EVENT } from "./signal-event.ts";

export function evolveWaitResolved(state: PartitionState, { run: id, step, event }: WaitResolved, time: number): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  const waiting = run.steps.get(step);
  const { interest, since } = waiting?.status === "waiting" ? waiting : { interest: 0, since: 0 };
  // A loop of waits never goes back in time.
  run.mark = event === null ? endOf(waiting, time) : Math.max(event.appendedAt, since);
  run.steps.set(step, { status: "resolved", event, interest, since, order: noteOutcome(state, run, time), mark: run.mark });
  run.resting = false;
  exposeWoken(state, run);
}

/** What nothing came for ended when its time was up, however long it took to be sure of that; a wait for a signal, when another took its place. */
function endOf(waiting: StepState | undefined, time: number): number {
  if (waiting?.status !== "waiting" || waiting.deadline === null) return time;
  return waiting.event === SIGNAL_EVENT ? Math.min(waiting.deadline, time) : waiting.deadline;
}

/** `from`: the partition that decided. */
export function decideResolveWait(state: PartitionState, message: ResolveWait, from: number): Decision {
  const { run, step, outcome, event } = message;
  if (state.runs.get(run)?.steps.get(step)?.status !== "waiting") {
    if (message.purpose !== "signal" || event === null) return ignored("the run does not wait for it any more");
    return decidedAndTold([], [{ to: from, body: { type: "RejectMatch", event } }]);
  }
  if (outcome === "refused") {
    const error = {
      name: "SignalConflictError",
      message: 'Another run waits for this signal already. Give the signal a name of its own, or wait with onConflict: "replace".',
      stack: null,
    };
    return decided({ type: "StepFailed", run, step, attempt: 0, error, retryAt: null, began: state.runs.get(run)?.mark ?? 0 });
  }
  return decided({ type: "WaitResolved", run, step, event: event === null ? null : triggerOf(event) });
}
