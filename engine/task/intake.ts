// A record of a source becomes decisions: the runs it starts, or its dead letter. Its position moves in the same frame (R5).
import type { StoredRecord } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import { decideEvent } from "../workflow/event/arrive.ts";
import { decodeEvent, type ReadResult } from "../workflow/event/cloud-event.ts";
import type { JournalRecord } from "../workflow/records.ts";
import { advance, rememberId, rememberProducer } from "../workflow/source/source.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import { deadLetter } from "./dead-letter.ts";
import type { FrameQueue } from "./frame-queue.ts";

export interface IntakeOptions {
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  readonly maxEventBytes: number;
  readonly logger: Logger;
  readonly apply: (records: readonly JournalRecord[]) => void;
}

export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** `stamped`: the record's time is that of the log. */
  take(source: SourceState, record: StoredRecord, stamped: boolean): void {
    const { state, frames, apply, logger } = this.#options;
    const { topic, partition } = source;
    const { offset } = record;
    const { time } = frames.open();
    const read = this.#read(record);
    if (read.ok) {
      const { event } = read;
      const appendedAt = stamped ? record.timestamp : time;
      const decision = decideEvent(state, source, { type: "EventArrived", topic, partition, offset, appendedAt, event });
      if (decision.outcome === "decided") apply(decision.records);
      if (event.mark === null) rememberId(source, event.id, time);
      else rememberProducer(source, event.mark.producer, event.mark.sequence, time);
    } else {
      logger.warn({ code: read.code, topic, partition, offset }, `input set aside as a dead letter: ${read.reason}`);
      apply(deadLetter(state, source, record, read));
    }
    frames.addInput(source, record, read.ok ? read.event : null);
    advance(source, { next: offset + 1, last: offset, hash: source.hash });
  }

  #read(record: StoredRecord): ReadResult {
    const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0);
    const { maxEventBytes } = this.#options;
    if (bytes <= maxEventBytes) return decodeEvent(record);
    return { ok: false, code: "EVENT_TOO_LARGE", reason: `the event has ${bytes} bytes; the limit is ${maxEventBytes}` };
  }
}
