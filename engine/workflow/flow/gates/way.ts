// What goes through the gates, and what comes of it.
import type { RunId } from "../../../core/ids.ts";
import type { Message } from "../../decision.ts";
import type { EventFacts } from "../../expression/event-facts.ts";
import type { JournalRecord, RunParent, TriggerEvent } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import type { FlowSpec } from "../spec.ts";

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
  /** Runs that start by such records, by function. */
  readonly begun: Map<string, number>;
}

/** `entering`: it goes on, as this. Null: it does not. */
export type Passed = Entering | null;

export function newWay(): Way {
  return { records: [], messages: [], taken: new Map(), begun: new Map() };
}
