// An event that a consumer cannot take, or cannot handle: it is set aside with the reason, and stops nothing (R11).
import { owe } from "../emission/emission.ts";
import { encodeEvent } from "../event/cloud-event.ts";
import type { JournalRecord, TriggerEvent } from "../records.ts";
import type { PartitionState } from "../state.ts";

export interface Rejection {
  readonly code: string;
  readonly reason: string;
}

const MAX_REASON = 1_000;

/** The event as it was, as a dead letter, and what the journal says of it. */
export function rejected(state: PartitionState, event: TriggerEvent, { code, reason }: Rejection): readonly JournalRecord[] {
  const { topic, partition, offset } = event;
  const said = reason.slice(0, MAX_REASON).toWellFormed();
  const { key, value, headers } = encodeEvent({ ...event, source: `${topic}/${partition}` });
  const notes = {
    "mr-code": code,
    "mr-reason": said,
    "mr-topic": topic,
    "mr-partition": String(partition),
    "mr-offset": String(offset),
    "mr-copied": "true",
  };
  const bytes = Object.fromEntries(Object.entries({ ...headers, ...notes }).map(([name, text]) => [name, Buffer.from(text)]));
  return [
    { type: "InputRejected", topic, partition, offset, code, reason: said },
    owe(state, { target: "deadLetter", key, value, headers: bytes }),
  ];
}
