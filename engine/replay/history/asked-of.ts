// What a step asked the world for. State keeps of it what the engine needs to go on, the journal all of it.
import { decodeMessage } from "../../journal/inbox.ts";
import { AVRO_TYPE } from "../../workflow/event/cloud-event.ts";
import { sentDigest } from "../../workflow/run/rerun-state.ts";
import type { EmissionOwed, JournalRecord, MessageBody } from "../../workflow/records.ts";

/** `at`: time of the frame that recorded it, milliseconds since 1970; it was decided then or a little later. */
export type AskedOf =
  | { readonly kind: "sleep"; readonly at: number; readonly wakeAt: number }
  | { readonly kind: "wait"; readonly at: number; readonly event: string; readonly interest: number; readonly deadline: number | null }
  | {
      readonly kind: "invoke";
      readonly at: number;
      readonly functionId: string;
      readonly deadline: number | null;
      readonly detached: boolean;
      /** JSON; null where the journal does not have it, since it was too large to be told. */
      readonly data: string | null;
    }
  | { readonly kind: "send"; readonly events: readonly SentEvent[] };

export interface SentEvent {
  readonly id: string;
  /** Of what was sent, whatever it is written by. */
  readonly digest: string;
  /** Null of what a re-run did not send again. */
  readonly said: SaidEvent | null;
  /** How its data was sealed before the digest was made of it. Absent: it was not. */
  readonly sealed?: (json: string) => string;
}

export interface SaidEvent {
  readonly name: string;
  readonly key: string | null;
  /** JSON; null where it is written by a schema, and nobody has read it yet. */
  readonly data: string | null;
  /** As it is on Kafka, where a schema wrote it. */
  readonly written: Buffer | null;
}

/** What a record says of what its step asks for; null where it says nothing, or its frame says it beside it. */
export function askedBy(record: JournalRecord, at: number): AskedOf | null {
  switch (record.type) {
    case "SleepStarted":
      return { kind: "sleep", at, wakeAt: record.wakeAt };
    case "WaitStarted":
      return { kind: "wait", at, event: record.event, interest: record.interest, deadline: record.deadline };
    case "ChildInvoked": {
      const { functionId, deadline, detached } = record;
      return { kind: "invoke", at, functionId, deadline, detached, data: null };
    }
    default:
      return null;
  }
}

/** The data that a child is invoked with, as it stands in the frame of its invocation: in a message, or in what the partition told itself. */
export function invokedWith(record: JournalRecord): { readonly child: string; readonly data: string } | null {
  switch (record.type) {
    case "MessageSent":
      return ofMessage(decodeMessage(record.body));
    case "RunsStarted": {
      const child = record.runs.find(({ parent }) => parent !== null);
      return child === undefined ? null : { child: child.id, data: record.event.data };
    }
    case "RunQueued": {
      const [event] = record.events;
      return record.parent === null || event === undefined ? null : { child: record.run, data: event.data };
    }
    default:
      return null;
  }
}

/** An event that a step sent: its emission stands behind the step's result. */
export function sentBy({ key, value, headers }: EmissionOwed): SentEvent {
  const isWritten = headers["content-type"]?.toString() === AVRO_TYPE;
  const event = { name: headers["ce_type"]?.toString() ?? "", key: key?.toString() ?? null };
  return {
    id: headers["ce_id"]?.toString() ?? "",
    digest: sentDigest(event.name, event.key, value ?? Buffer.alloc(0), isWritten ? "avro" : "json"),
    // Of its own: the frame that it stands in is let go.
    said: {
      ...event,
      ...(isWritten ? { data: null, written: Buffer.from(value ?? "") } : { data: value?.toString() ?? "null", written: null }),
    },
  };
}

function ofMessage(body: MessageBody): { readonly child: string; readonly data: string } | null {
  if (body.type !== "StartChild" || body.event.data === null) return null;
  return { child: body.child, data: body.event.data };
}
