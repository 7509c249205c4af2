// An event that triggers a function goes through the function's gates, in their order. Each is decided at its place: where that is another
// partition, a message goes there, and the way goes on there. At the last gate a run starts, or waits in a line for its turn.
import { partitionOfRun, type RunId } from "../../core/ids.ts";
import { decidedAndTold, ignored, type Decision, type Message } from "../decision.ts";
import { factsOf, type EventFacts } from "../expression/event-facts.ts";
import { keyValue } from "../expression/key.ts";
import type { EnterFunction, JournalRecord, RunParent, TriggerEvent } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { triggerOf } from "../wait/seen.ts";
import { passBatch } from "./gate-batch.ts";
import { passDebounce } from "./gate-debounce.ts";
import { passHome } from "./gate-home.ts";
import { passIdempotency } from "./gate-idempotency.ts";
import { passPause } from "./gate-pause.ts";
import { passRateLimit } from "./gate-rate-limit.ts";
import { passSingleton } from "./gate-singleton.ts";
import { passThrottle } from "./gate-throttle.ts";
import { placeOf } from "./keys.ts";
import { keyOfGate } from "./places.ts";
import { GATES, type FlowSpec, type Gate } from "./spec.ts";

/** On its way through the gates. */
export interface Entering {
  readonly functionId: string;
  /** Of the run that it is to start: its home stands in it. */
  readonly run: RunId;
  /** One, or those of a batch; the first says where it goes. */
  readonly events: readonly [TriggerEvent, ...TriggerEvent[]];
  readonly parent: RunParent | null;
  /** Key of what it keeps others from, once it has passed that gate. */
  readonly singleton: string | null;
}

/** At a gate. */
export interface AtGate {
  readonly state: PartitionState;
  readonly entering: Entering;
  readonly flow: FlowSpec;
  readonly facts: EventFacts;
  readonly now: number;
  /** Value of the gate's key. */
  readonly value: string;
  /** What was decided on the way; its records are not folded yet. */
  readonly way: Way;
}

/** What comes of entering, and of what is decided with it. */
export interface Way {
  readonly records: JournalRecord[];
  readonly messages: Message[];
  /** Slots that are taken by records which are not folded yet, by need. */
  readonly taken: Map<string, number>;
}

/** `entering`: it goes on, as this. Null: it does not. */
export type Passed = Entering | null;

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

export function newWay(): Way {
  return { records: [], messages: [], taken: new Map() };
}

/** From this gate on, as far as it is decided here. Adds to `way`. */
export function enter(state: PartitionState, from: Entering, gate: Gate, now: number, way: Way): void {
  let entering = from;
  const flow = state.manifest?.functions.get(entering.functionId)?.flow ?? {};
  const facts = factsOf(entering.events[0]);
  for (const next of GATES.slice(GATES.indexOf(gate))) {
    const key = keyOfGate(flow, next);
    if (key === null) continue;
    const value = key === "" ? "" : keyValue(key, facts);
    const place = placeOfGate(state, entering, next, value);
    if (place !== state.partition) {
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
  enter(state, { functionId, run, events: [first, ...others], parent, singleton }, gateOf(gate), now, way);
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
