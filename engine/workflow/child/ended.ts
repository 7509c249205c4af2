// A child is over: its result, or its failure, is that of the step that invoked it.
import { decided, ignored, type Decision } from "../decision.ts";
import type { ChildEnded } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { failed } from "./invoke.ts";

export function decideChildEnded(state: PartitionState, { run, step, child, output, error }: ChildEnded): Decision {
  const invoking = state.runs.get(run)?.steps.get(step);
  if (invoking?.status !== "invoking" || invoking.child !== child) return ignored("the parent does not wait for it any more");
  if (error !== null) return decided(failed(run, step, error, invoking.began));
  return decided({ type: "StepCompleted", run, step, output, began: invoking.began });
}
