// Branches that lost a race: what they wait for is called off, and nothing comes of them any more.
import type { RunId, StepKey } from "../../core/ids.ts";
import { decidedAndTold, ignored, type Decision, type Message } from "../decision.ts";
import type { StepsCancelled } from "../records.ts";
import { cancelChild } from "../run/end.ts";
import { tooManySteps } from "../run/limits.ts";
import { noteProgress } from "../run/suspicion.ts";
import type { PartitionState } from "../state.ts";

/** Nothing of these steps reached the code of the run, and nothing is to. */
export interface CancelSteps {
  readonly type: "CancelSteps";
  readonly run: RunId;
  readonly steps: readonly StepKey[];
}

export function evolveStepsCancelled(state: PartitionState, { run: id, steps }: StepsCancelled): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  for (const step of steps) run.steps.set(step, { status: "cancelled" });
  noteProgress(run);
  run.resting = false;
}

export function decideCancelSteps(state: PartitionState, { run: id, steps }: CancelSteps, now: number): Decision {
  const run = state.runs.get(id);
  if (run === undefined) return ignored("run is over");
  // An outcome that was recorded meanwhile did not reach the code, and does not any more.
  const open = steps.filter((step) => run.steps.get(step)?.status !== "cancelled");
  if (open.length === 0) return ignored("all of them are called off already");
  // Of those that just run, nothing is recorded yet. There may be many.
  const added = open.find((step) => !run.steps.has(step));
  const refused = added === undefined ? null : tooManySteps(state, run, added, now, 1);
  if (refused !== null) return refused;
  const messages: Message[] = [];
  for (const key of open) {
    const step = run.steps.get(key);
    if (step?.status === "waiting") messages.push({ to: step.to, body: { type: "CancelWait", run: id, step: key } });
    if (step?.status === "invoking" && !step.detached)
      messages.push(cancelChild(run, step.child, "waits for it no longer: another branch was first"));
  }
  return decidedAndTold([{ type: "StepsCancelled", run: id, steps: open }], messages);
}
