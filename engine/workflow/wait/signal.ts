// A signal is for exactly one: a run that was cancelled meanwhile gives it back, and the next that waits for it has it.
import { decided, decidedAndTold, ignored, type Decision } from "../decision.ts";
import { originOf } from "../event/origin.ts";
import type { RejectMatch } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { factsOf } from "../expression/event-facts.ts";
import { signalValue, SIGNAL_PATH } from "./signal-event.ts";
import { matchMessage, waitClosed } from "./outcome.ts";
import { isEligible } from "./eligible.ts";
import { triggerOf } from "./seen.ts";

export function decideRejectMatch(state: PartitionState, { event: told }: RejectMatch): Decision {
  const event = triggerOf(told);
  const value = signalValue(event);
  const origin = originOf(event);
  const kept = [...state.window.of(event.name, SIGNAL_PATH, value)].find((other) => originOf(other.event) === origin);
  if (kept?.taken === false) return ignored("nobody has the signal");
  const facts = factsOf(event, state.open);
  for (const wait of state.waits.of(event.name, SIGNAL_PATH, value)) {
    if (isEligible(wait, event, facts)) return decidedAndTold([waitClosed(wait)], [matchMessage(wait, event)]);
  }
  if (kept === undefined) return ignored("the signal is not remembered any more");
  return decided({ type: "EventTaken", kept: kept.number, taken: false });
}
