// An event of the past, as a function gets it by a backfill: its runs have the ids that they would have had live (R10), and go the same way. It
// counts from now on: time-outs begin, and waits look at what comes.
import { decidedAndTold, ignored, type Decision } from "../decision.ts";
import { arrivedEvent } from "../event/arrive.ts";
import type { ReadEvent } from "../event/cloud-event.ts";
import { factsOf } from "../expression/event-facts.ts";
import { passes } from "../expression/match.ts";
import { startOrEnter } from "../flow/gates/arrive.ts";
import type { TriggerEvent } from "../records.ts";
import type { PartitionState } from "../state.ts";
import type { FunctionSpec } from "../trigger/manifest.ts";
import { TriggerIndex } from "../trigger/match.ts";

export interface PastEvent {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970: when the log took it, or its producer says so. */
  readonly timestamp: number;
  readonly event: ReadEvent;
}

/** Other functions, and waits, had it live. */
export function decidePastEvent(state: PartitionState, functionId: string, past: PastEvent, now: number): Decision {
  const spec = state.manifest?.functions.get(functionId);
  if (spec === undefined) return ignored("there is no such function");
  // Without a time of its own it has that at which it came, then as now.
  const event: TriggerEvent = { ...arrivedEvent({ ...past, appendedAt: past.timestamp }), appendedAt: now };
  const isWanted = indexOf(spec).match(event.name, (condition) => passes(condition, factsOf(event, state.open))).length > 0;
  if (!isWanted) return ignored("the function does not want it");
  const { records, messages } = startOrEnter(state, event, [functionId], now);
  return decidedAndTold(records, messages);
}

const indexes = new WeakMap<FunctionSpec, TriggerIndex>();

function indexOf(spec: FunctionSpec): TriggerIndex {
  let index = indexes.get(spec);
  if (index === undefined) indexes.set(spec, (index = new TriggerIndex([spec])));
  return index;
}
