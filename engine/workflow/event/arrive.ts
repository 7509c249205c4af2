// An event was read from a source: which runs it starts, and which partitions are told of it, since waits for it are decided there.
// A duplicate moves the position and nothing else.
import { decidedAndTold, ignored, type Decision, type Message } from "../decision.ts";
import { factsOf, type EventFacts } from "../expression/event-facts.ts";
import { passes } from "../expression/match.ts";
import type { JournalRecord, TriggerEvent } from "../records.ts";
import { startOrEnter } from "../flow/gates/arrive.ts";
import type { PartitionState, SourceState } from "../state.ts";
import { tellSeen } from "../wait/tell.ts";
import type { ReadEvent } from "./cloud-event.ts";

export interface EventArrived {
  readonly type: "EventArrived";
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When the log took it; the event's time where its producer said none. */
  readonly appendedAt: number;
  readonly event: ReadEvent;
  /** True for a foreign topic unless its manifest says otherwise: there an offset is all that counts once. */
  readonly isIdIgnored: boolean;
}

/** `now`: it may have been in its topic for long. */
export function decideEvent(state: PartitionState, source: SourceState, input: EventArrived, now: number): Decision {
  if (!input.isIdIgnored && isDuplicate(source, input.event)) return ignored("duplicate");
  const event = arrivedEvent(input);
  const functions = functionsFor(state, event);
  const records: JournalRecord[] = [];
  const messages: Message[] = [...tellSeen(state, event)];
  if (functions.length > 0) {
    const started = startOrEnter(state, event, functions, now);
    records.push(...started.records);
    messages.push(...started.messages);
  }
  if (records.length === 0 && messages.length === 0) return ignored("no function wants it, and no wait");
  return decidedAndTold(records, messages);
}

export function arrivedEvent({ topic, partition, offset, appendedAt, event }: Omit<EventArrived, "type" | "isIdIgnored">): TriggerEvent {
  const { id, name, data, key, time, corrects = null, trace = null } = event;
  return { id, name, data, time: time ?? appendedAt, key, topic, partition, offset, appendedAt, corrects, trace };
}

function functionsFor(state: PartitionState, event: TriggerEvent): readonly string[] {
  let facts: EventFacts | null = null;
  return state.manifest?.index.match(event.name, (condition) => passes(condition, (facts ??= factsOf(event, state.open)))) ?? [];
}

/** An id is an idempotency key for 24 hours in its partition; the ids that `send` makes count up, and need one number a producer. */
export function isDuplicate(source: SourceState, { once }: ReadEvent): boolean {
  if (once.by === "id") return source.ids.has(once.key);
  return once.sequence <= (source.producers.get(once.producer)?.sequence ?? 0);
}
