// An event was read from a source: which runs it starts. A duplicate moves the position and nothing else.
import { decided, ignored, type Decision } from "../decision.ts";
import { startRuns } from "../run/start.ts";
import type { PartitionState, SourceState } from "../state.ts";
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

export function decideEvent(state: PartitionState, source: SourceState, input: EventArrived): Decision {
  if (!input.isIdIgnored && isDuplicate(source, input.event)) return ignored("duplicate");
  const functions = state.manifest?.index.match(input.event.name) ?? [];
  if (functions.length === 0) return ignored("no function wants it");
  const { id, name, data, key, time } = input.event;
  const { topic, partition, offset } = input;
  return decided(startRuns(state.partition, { id, name, data, time: time ?? input.appendedAt, key, topic, partition, offset }, functions));
}

/** An id is an idempotency key for 24 hours in its partition; the ids that `send` makes count up, and need one number a producer. */
export function isDuplicate(source: SourceState, { once }: ReadEvent): boolean {
  if (once.by === "id") return source.ids.has(once.key);
  return once.sequence <= (source.producers.get(once.producer)?.sequence ?? 0);
}
