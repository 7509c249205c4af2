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
import { SINCE_SLACK_MS } from "./since.ts";

/** A name that no step of users has: theirs are not empty. */
export function cancelStepKey(index: number): StepKey {
  return stepKey("", index);
}

const IN_LINE = 1_000_000;

/**
 * The same while the run waits in a line before its last gate. What is watched for then is called off where it was asked for when the run goes
 * on: were it the same wait, the one partition could call off what the next has asked for.
 */
export function lineStepKey(index: number): StepKey {
  return cancelStepKey(IN_LINE + index);
}

/** In `cancels`: the trigger lacks what is compared, so nothing can match. */
const CANNOT_MATCH = -1;
/** In `cancels`: the condition refers to more of the trigger than can be told with a watch, so there is none. */
export const TOO_LARGE = -2;

/** A watch, or why there is none. */
export function cancelWatch(
  state: PartitionState,
  trigger: TriggerEvent,
  run: RunId,
  spec: CancelSpec,
  step: StepKey,
): Message | typeof CANNOT_MATCH | typeof TOO_LARGE {
  const { path, value, condition, bindings, isTooLarge } = interestOf(spec, factsOf(trigger, state.open));
  if (isTooLarge === true) return TOO_LARGE;
  if (path !== null && value === null) return CANNOT_MATCH;
  const to = arbiterOf(state.partitions, spec.event, value ?? "");
  const deadline = spec.timeoutMs === undefined ? null : trigger.appendedAt + spec.timeoutMs;
  return {
    to,
    body: {
      type: "RegisterWait",
      run,
      step,
      event: spec.event,
      path: path ?? "",
      value: value ?? "",
      condition,
      bindings,
      // Nothing that the run does provokes it: what came before its trigger is of another run, by a millisecond as well as by an hour.
      since: trigger.appendedAt + SINCE_SLACK_MS,
      knownSince: trigger.appendedAt + SINCE_SLACK_MS,
      deadline,
      excluded: [originOf(trigger)],
      purpose: "cancel",
      replaces: false,
    },
  };
}
