// A function's `cancelOn` is a wait that each of its runs begins with; its match cancels the run.
import { stepKey, type RunId, type StepKey } from "../../core/ids.ts";
import type { Message } from "../decision.ts";
import { factsOf } from "../expression/event-facts.ts";
import { interestOf } from "../expression/match.ts";
import { originOf } from "../event/origin.ts";
import type { TriggerEvent } from "../records.ts";
import type { PartitionState } from "../state.ts";
import type { CancelSpec } from "../trigger/manifest.ts";
import { arbiterOf } from "./arbiter.ts";

/** A name that no step of users has: theirs are not empty. */
export function cancelStepKey(index: number): StepKey {
  return stepKey("", index);
}

/** Null where the trigger lacks what is compared: then nothing can match. */
export function cancelWatch(state: PartitionState, trigger: TriggerEvent, run: RunId, spec: CancelSpec, index: number): Message | null {
  const { path, value, condition, bindings } = interestOf(spec, factsOf(trigger));
  if (path !== null && value === null) return null;
  const to = arbiterOf(state.partitions, spec.event, value ?? "");
  const deadline = spec.timeoutMs === undefined ? null : trigger.appendedAt + spec.timeoutMs;
  return {
    to,
    body: {
      type: "RegisterWait",
      run,
      step: cancelStepKey(index),
      event: spec.event,
      path: path ?? "",
      value: value ?? "",
      condition,
      bindings,
      since: trigger.appendedAt,
      knownSince: trigger.appendedAt,
      deadline,
      excluded: [originOf(trigger)],
      purpose: "cancel",
      replaces: false,
    },
  };
}
