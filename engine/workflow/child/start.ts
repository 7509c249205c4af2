// Another run asks for a run of a function: it begins here, once this partition's manifest knows the function and what limits it.
import { decidedAndTold, ignored, type Decision } from "../decision.ts";
import type { StartChild } from "../records.ts";
import { enter } from "../flow/gates/enter.ts";
import { newWay } from "../flow/gates/way.ts";
import type { PartitionState } from "../state.ts";
import { triggerOf } from "../wait/seen.ts";

export function decideStartChild(state: PartitionState, message: StartChild, now: number): Decision {
  const { child, functionId, run: parent, step } = message;
  if (state.runs.has(child)) return ignored("the child is there already");
  // It came to this partition now: what it waits for may have been provoked by its parent only since.
  const event = { ...triggerOf(message.event), appendedAt: Math.min(message.event.appendedAt, now) };
  const way = newWay();
  enter(state, { functionId, run: child, events: [event], parent: { run: parent, step }, singleton: null }, "pause", now, way);
  return decidedAndTold(way.records, way.messages);
}
