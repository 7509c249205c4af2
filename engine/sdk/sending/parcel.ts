// One event of a call of `send`: checked, then written, then sealed when its turn in the order of its partition has come.
import type { CheckedEvent } from "../../execution/outgoing-event.ts";
import type { LogError } from "../../log/errors.ts";
import type { LogRecord } from "../../log/log.ts";
import type { OutgoingBody } from "../outgoing-record.ts";

export interface ParcelPlan {
  readonly event: CheckedEvent;
  readonly body: OutgoingBody | Promise<OutgoingBody>;
  readonly partition: number;
  /** When it happened. */
  readonly time: number;
  readonly bytes: number;
  /** W3C trace context of the call; null where nobody traces. */
  readonly trace: string | null;
}

export class Parcel {
  readonly event: CheckedEvent;
  readonly partition: number;
  readonly time: number;
  /** About what its record takes in a batch. */
  readonly bytes: number;
  readonly trace: string | null;
  /** Null until it is written, see `pending`. */
  body: OutgoingBody | null;
  /** Resolves with the body, where that takes something that is not here yet. */
  readonly pending: Promise<OutgoingBody> | null;
  /** As its sender gave it, or as it was made when it was sealed; null until then. */
  id: string | null;
  /** Null until it is sealed. */
  record: LogRecord | null = null;
  /** In a batch that the log was given. */
  isUnderWay = false;
  /** Its offset, or why it has none; null while that is open. */
  outcome: number | LogError | null = null;
  /** Told of the first outcome. */
  listener: OutcomeListener | null = null;

  constructor({ event, body, partition, time, bytes, trace }: ParcelPlan) {
    const isWritten = !(body instanceof Promise);
    this.event = event;
    this.body = isWritten ? body : null;
    this.pending = isWritten ? null : body;
    // Its call hears of a failure when it asks, which may be later, or never: it may wait for room, or be over by then.
    this.pending?.catch(() => {});
    this.partition = partition;
    this.time = time;
    this.bytes = bytes;
    this.trace = trace;
    this.id = event.id;
  }

  /** Events of one key, or else of one id, keep the order of their calls. Null: it has neither. */
  get orderedBy(): string | null {
    return this.event.key ?? this.event.id;
  }

  seal(id: string, record: LogRecord): void {
    this.id = id;
    this.record = record;
    this.body = null;
  }

  settle(outcome: number | LogError): void {
    if (this.outcome !== null) return;
    this.outcome = outcome;
    this.listener?.settled(outcome);
  }
}

export interface OutcomeListener {
  settled(outcome: number | LogError): void;
}
