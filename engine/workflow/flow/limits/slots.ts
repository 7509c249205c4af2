// Slots: how many steps of a run may execute. It begins with one, asks for more, and gives back what it has no use for (DESIGN §7).
import type { RunId } from "../../../core/ids.ts";
import { decided, ignored, type Decision } from "../../decision.ts";
import type { JournalRecord, SlotsAsked, SlotsGiven, SlotsReturned } from "../../records.ts";
import type { PartitionState, RunState } from "../../state.ts";
import { giveBack, take } from "./hold.ts";
import { roomAt } from "./needs.ts";
import type { RunFlow } from "../state.ts";

/** So many more steps of a run wait for slots. */
export interface AskSlots {
  readonly type: "AskSlots";
  readonly run: RunId;
  readonly count: number;
}

/** A run's code is to be called, which needs a slot like a step. */
export interface AskFirstSlot {
  readonly type: "AskFirstSlot";
  readonly run: RunId;
}

/** A run has no use for so many of its slots. */
export interface ReturnSlots {
  readonly type: "ReturnSlots";
  readonly run: RunId;
  readonly count: number;
}

export function evolveSlotsAsked(state: PartitionState, { run: id, count }: SlotsAsked): void {
  const run = state.runs.get(id);
  const flow = run?.flow ?? null;
  if (run === undefined || flow === null) return;
  const first = flow.asks[0] ?? state.flow.next;
  const asks = [...flow.asks];
  for (let n = 0; n < count; n++) asks.push(state.flow.next++);
  run.flow = { ...flow, asks };
  state.flow.waiting.asked(id, flow.needs, first, count);
}

export function evolveSlotsGiven(state: PartitionState, { run: id, count }: SlotsGiven): void {
  const run = state.runs.get(id);
  const flow = run?.flow ?? null;
  if (run === undefined || flow === null) return;
  take(state, flow.needs, count);
  const answered = Math.min(count, flow.asks.length);
  const asks = flow.asks.slice(answered);
  run.flow = { ...flow, slots: flow.slots + count, asks };
  if (answered > 0) state.flow.waiting.answered(id, flow.needs, answered, asks[0] ?? null);
}

export function evolveSlotsReturned(state: PartitionState, { run: id, count }: SlotsReturned): void {
  const run = state.runs.get(id);
  const flow = run?.flow ?? null;
  if (run === undefined || flow === null) return;
  const returned = Math.min(count, flow.slots);
  giveBack(state, flow.needs, returned);
  run.flow = { ...flow, slots: flow.slots - returned };
}

/** Part of evolving whatever lets a run do nothing: it holds no slots then, and asks for none. */
export function returnAllSlots(state: PartitionState, run: RunState): void {
  const { flow } = run;
  if (flow === null || (flow.slots === 0 && flow.asks.length === 0)) return;
  giveBack(state, flow.needs, flow.slots);
  if (flow.asks.length > 0) state.flow.waiting.answered(run.id, flow.needs, flow.asks.length, null);
  run.flow = { ...flow, slots: 0, asks: [] };
}

export function decideAskSlots(state: PartitionState, { run: id, count }: AskSlots): Decision {
  const flow = state.runs.peek(id)?.flow ?? null;
  if (flow === null || flow.needs.length === 0) return ignored("nothing limits its steps");
  return decided({ type: "SlotsAsked", run: id, count });
}

export function decideAskFirstSlot(state: PartitionState, { run: id }: AskFirstSlot): Decision {
  const flow = state.runs.peek(id)?.flow ?? null;
  if (flow === null || flow.needs.length === 0) return ignored("nothing limits its steps");
  if (flow.slots > 0 || flow.asks.length > 0) return ignored("it has one, or asks for one");
  return decided({ type: "SlotsAsked", run: id, count: 1 });
}

export function decideReturnSlots(state: PartitionState, { run: id, count }: ReturnSlots): Decision {
  const slots = Math.min(count, state.runs.peek(id)?.flow?.slots ?? 0);
  return slots <= 0 ? ignored("it holds none") : decided({ type: "SlotsReturned", run: id, count: slots, passedOn: false });
}

/**
 * A step of the run ended: where steps of others wait for its slot, or there are more than there may be by now, the slot goes, and the run asks
 * again for its next step.
 */
export function passOn(state: PartitionState, run: RunState, now: number, isOpening: boolean): readonly JournalRecord[] {
  const { flow } = run;
  if (flow === null || flow.slots === 0) return [];
  const isPassedOn = isOpening || isWanted(state, flow) || flow.needs.some((need) => roomAt(state, need, now) < 0);
  return isPassedOn ? [{ type: "SlotsReturned", run: run.id, count: 1, passedOn: true }] : [];
}

/** By steps of this partition, or by other partitions, whose steps may wait for it. */
function isWanted({ flow: { waiting, permits, pools } }: PartitionState, { needs, asks }: RunFlow): boolean {
  return needs.some(
    (need) => waiting.asking(need) > asks.length || permits.get(need)?.recalled === true || (pools.get(need)?.wants.size ?? 0) > 0,
  );
}
