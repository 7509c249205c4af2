// The time of something that waits has come: events that are held go on to their next gate, one that is spread to its next functions.
import { decidedAndTold, ignored, type Decision } from "../../decision.ts";
import type { PartitionState } from "../../state.ts";
import { enter } from "./enter.ts";
import { newWay } from "./way.ts";
import { NO_TIME } from "../held.ts";
import { isOverride } from "../keys.ts";
import { decideSpread } from "./spread.ts";

/** What has this key is due, or a need of this key may have room again. */
export interface FlowDue {
  readonly type: "FlowDue";
  readonly key: string;
}

/** What has this key is no cell that holds events: whoever waits for it is looked at again. */
export function openAgain({ flow: { waiting } }: PartitionState, key: string): void {
  waiting.disarm(key);
  // Limits that people changed are as they were declared.
  if (isOverride(key)) waiting.freedAll();
}

export function decideFlowDue(state: PartitionState, { key }: FlowDue, now: number): Decision {
  if (state.flow.spreads.has(key)) return decideSpread(state, key, now);
  const held = state.flow.held.get(key);
  if (held === undefined || held.due === NO_TIME) return ignored("nothing is held");
  if (held.due > now) return ignored("it is held longer");
  const [first, ...others] = held.events;
  if (first === undefined) return ignored("nothing is held");
  const way = newWay();
  way.records.push({ type: "HeldWentOn", key });
  const { functionId, run } = held;
  const next = held.gate === "debounce" ? "batch" : "singleton";
  enter(state, { functionId, run, events: [first, ...others], parent: null, singleton: null }, next, now, way);
  return decidedAndTold(way.records, way.messages);
}
