// An event that triggers a function goes through the function's gates, in their order. Each is decided at its place: where that is another
// partition, a message goes there, and the way goes on there. At the last gate a run starts, or waits in a line for its turn.
import { partitionOfRun } from "../../../core/ids.ts";
import { decidedAndTold, ignored, type Decision } from "../../decision.ts";
import { factsOf } from "../../expression/event-facts.ts";
import { keyValue } from "../../expression/key.ts";
import type { EnterFunction } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { declaredId } from "../../run/handlers.ts";
import { triggerOf } from "../../wait/seen.ts";
import { passBatch } from "./gate-batch.ts";
import { passDebounce } from "./gate-debounce.ts";
import { passHome } from "./gate-home.ts";
import { passIdempotency } from "./gate-idempotency.ts";
import { passPause } from "./gate-pause.ts";
import { passRateLimit } from "./gate-rate-limit.ts";
import { passSingleton } from "./gate-singleton.ts";
import { passThrottle } from "./gate-throttle.ts";
import { manifestKey, placeOf } from "../keys.ts";
import { keyOfGate } from "./places.ts";
import { queued } from "../lines/queued.ts";
import { GATES, type Gate } from "../spec.ts";
import { newWay, type AtGate, type Entering, type Passed, type Way } from "./way.ts";

const GATE: Readonly<Record<Gate, (at: AtGate) => Passed>> = {
  pause: passPause,
  rateLimit: passRateLimit,
  idempotency: passIdempotency,
  debounce: passDebounce,
  batch: passBatch,
  singleton: passSingleton,
  throttle: passThrottle,
  home: passHome,
};

/**
 * From this gate on, as far as it is decided here. Adds to `way`. `sentTo`: another partition found that this is the place of that gate, and by
 * another manifest this one may find another. Who is asked decides, else they might send it to each other for as long as they differ.
 */
export function enter(
  state: PartitionState,
  from: Entering,
  gate: Gate,
  now: number,
  way: Way,
  facts = factsOf(from.events[0], state.open),
  sentTo: Gate | null = null,
): void {
  let entering = from;
  const spec = state.manifest?.functions.get(declaredId(entering.functionId));
  const { flow = {} } = spec ?? {};
  if (spec === undefined) {
    // Others decide by a newer manifest already, or still by an older one: what limits its runs is not known here.
    way.records.push(...queued({ state, entering, flow, facts, now, value: "", way }, gate, [manifestKey(entering.functionId)]));
    return;
  }
  let isThere = false;
  for (const next of GATES) {
    isThere ||= next === gate;
    const key = isThere ? keyOfGate(flow, next) : null;
    if (key === null) continue;
    const value = key === "" ? "" : keyValue(key, facts);
    const place = placeOfGate(state, entering, next, value);
    if (place !== state.partition && (next !== sentTo || next === "home")) {
      way.messages.push({ to: place, body: toGate(entering, next) });
      return;
    }
    const passed = GATE[next]({ state, entering, flow, facts, now, value, way });
    if (passed === null) return;
    entering = passed;
  }
}

export function decideEnterFunction(state: PartitionState, message: EnterFunction, now: number): Decision {
  const { functionId, run, gate, parent, singleton } = message;
  const [first, ...others] = message.events.map(triggerOf);
  if (first === undefined) return ignored("no event");
  const way = newWay();
  const sentTo = gateOf(gate);
  enter(state, { functionId, run, events: [first, ...others], parent, singleton }, sentTo, now, way, factsOf(first, state.open), sentTo);
  return decidedAndTold(way.records, way.messages);
}

function placeOfGate(state: PartitionState, { functionId, run }: Entering, gate: Gate, value: string): number {
  if (gate === "pause") return state.partition;
  return gate === "home" ? partitionOfRun(run) : placeOf(state.partitions, functionId, value);
}

function toGate({ functionId, run, events, parent, singleton }: Entering, gate: Gate): EnterFunction {
  return { type: "EnterFunction", functionId, run, gate, events, parent, singleton };
}

/** A later version may have gates that this one has not: what waits there goes on at its home. */
function gateOf(name: string): Gate {
  return GATES.find((gate) => gate === name) ?? "home";
}
