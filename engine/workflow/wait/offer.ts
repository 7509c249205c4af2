// An event comes to the partition that decides the waits for its value: each wait that it matches is answered. Many waits, or a large event,
// take several frames: what remains is folded state, and goes on under the next owner (R15).
import { decidedAndTold, ignored, type Decision, type Message } from "../decision.ts";
import { factsOf } from "../expression/event-facts.ts";
import { originOf } from "../event/origin.ts";
import type { EventKept, EventSeen, EventTaken, JournalRecord, OfferAdvanced, TriggerEvent } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { isEligible } from "./eligible.ts";
import { matchMessage, waitClosed } from "./outcome.ts";
import { triggerOf } from "./seen.ts";
import type { WaitCell } from "./wait-table.ts";

const MAX_ANSWERED = 100;
const MAX_COMPARED = 1_000;
/** Of events that go out with one decision. */
const MAX_CHARACTERS = 512 * 1024;

export interface ContinueOffer {
  readonly type: "ContinueOffer";
  readonly kept: number;
}

export function evolveEventKept(state: PartitionState, { event, paths, value, isOpen }: EventKept, time: number): void {
  const { window } = state;
  const number = window.next;
  // The frame may have been begun long before, by a process that then stood still.
  window.add({ number, event, paths, value, at: Math.max(time, event.appendedAt), taken: false });
  if (isOpen) window.open.set(number, 0);
  window.forget(time);
}

export function evolveOfferAdvanced(state: PartitionState, { kept, after }: OfferAdvanced): void {
  if (after === null) state.window.open.delete(kept);
  else state.window.open.set(kept, after);
}

export function evolveEventTaken(state: PartitionState, { kept: number, taken }: EventTaken): void {
  const kept = state.window.get(number);
  if (kept !== undefined) kept.taken = taken;
}

export function decideEventSeen(state: PartitionState, message: EventSeen): Decision {
  const event = triggerOf(message.event);
  const { value } = message;
  const origin = originOf(event);
  // It comes again when the past is scanned.
  const paths = message.paths.filter((path) => !state.window.has(event.name, path, value, origin));
  if (paths.length === 0) return ignored("it is remembered already");
  const number = state.window.next;
  const offer = compare(state, { event, paths, value, after: 0 }, number);
  return decidedAndTold(
    [{ type: "EventKept", event, paths, value, isOpen: offer.after !== null }, ...offer.records, ...offer.advanced],
    offer.messages,
  );
}

export function decideContinueOffer(state: PartitionState, { kept: number }: ContinueOffer): Decision {
  const kept = state.window.get(number);
  const after = state.window.open.get(number);
  if (kept === undefined || after === undefined) return ignored("all waits were compared");
  const offer = compare(state, { ...kept, after }, number);
  return decidedAndTold([...offer.records, { type: "OfferAdvanced", kept: number, after: offer.after }], offer.messages);
}

interface Offer {
  readonly event: TriggerEvent;
  readonly paths: readonly string[];
  readonly value: string;
  readonly after: number;
}

interface Compared {
  readonly records: readonly JournalRecord[];
  readonly advanced: readonly JournalRecord[];
  readonly messages: readonly Message[];
  /** The last wait that was compared, or null when all were. */
  readonly after: number | null;
}

function compare(state: PartitionState, { event, paths, value, after }: Offer, number: number): Compared {
  const records: JournalRecord[] = [];
  const messages: Message[] = [];
  const most = Math.max(1, Math.min(MAX_ANSWERED, Math.floor(MAX_CHARACTERS / (event.data.length + 500))));
  const facts = factsOf(event, state.open);
  let compared = 0;
  let last = after;
  for (const wait of waitsOf(state, event.name, paths, value)) {
    if (wait.number <= after) continue;
    if (messages.length >= most || compared >= MAX_COMPARED) return { records, messages, after: last, advanced: advanced(number, last) };
    compared += 1;
    last = wait.number;
    if (!isEligible(wait, event, facts)) continue;
    records.push(waitClosed(wait));
    messages.push(matchMessage(wait, event));
    if (wait.purpose !== "signal") continue;
    records.push({ type: "EventTaken", kept: number, taken: true });
    break;
  }
  return { records, messages, after: null, advanced: [] };
}

function advanced(kept: number, after: number): readonly JournalRecord[] {
  return [{ type: "OfferAdvanced", kept, after }];
}

/** In the order in which they came, whatever path they compare. */
function waitsOf(state: PartitionState, event: string, paths: readonly string[], value: string): Iterable<WaitCell> {
  const [first, ...others] = paths;
  if (first === undefined) return [];
  const waits = state.waits.of(event, first, value);
  if (others.every((path) => state.waits.of(event, path, value).size === 0)) return waits;
  return paths.flatMap((path) => [...state.waits.of(event, path, value)]).toSorted((a, b) => a.number - b.number);
}
