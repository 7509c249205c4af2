// A record of a source becomes decisions: the runs it starts, or its dead letter. Its position moves in the same frame (R5).
import type { StoredRecord } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import { decided, type Decided } from "../workflow/decision.ts";
import { decideEvent } from "../workflow/event/arrive.ts";
import { decodeEvent, type Once, type ReadResult } from "../workflow/event/cloud-event.ts";
import { FUNCTION_FAILED } from "../workflow/run/handlers.ts";
import { advance, rememberId, rememberProducer } from "../workflow/source/source.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import { deadLetter } from "./dead-letter.ts";
import type { FrameQueue } from "./frame-queue.ts";

const FAILURE_BYTES = 64 * 1024;

export interface IntakeOptions {
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  readonly maxEventBytes: number;
  readonly logger: Logger;
  /** Returns the time of the frame that holds it. */
  readonly commit: (decision: Decided) => { readonly time: number };
}

export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** `stamped`: the record's time is that of the log. */
  take(source: SourceState, record: StoredRecord, stamped: boolean): void {
    const { state, frames, commit, logger } = this.#options;
    const { topic, partition } = source;
    const { offset } = record;
    const read = this.#read(record);
    let once: Once | null = null;
    if (read.ok) {
      const { event } = read;
      const isIdIgnored = state.manifest?.idsIgnored.has(topic) === true;
      const appendedAt = stamped ? record.timestamp : frames.open().time;
      const decision = decideEvent(state, source, { type: "EventArrived", topic, partition, offset, appendedAt, event, isIdIgnored });
      const { time } = decision.outcome === "decided" ? commit(decision) : frames.open();
      if (!isIdIgnored) {
        once = event.once;
        if (once.by === "id") rememberId(source, once.key, time);
        else rememberProducer(source, once.producer, once.sequence, time);
      }
    } else {
      logger.warn({ code: read.code, topic, partition, offset }, `input set aside as a dead letter: ${read.reason}`);
      commit(decided(...deadLetter(state, source, record, read)));
    }
    frames.addInput(source, record, once);
    advance(source, { next: offset + 1, last: offset, hash: source.hash });
  }

  #read(record: StoredRecord): ReadResult {
    const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0);
    const limit = limitOf(record, this.#options.maxEventBytes);
    if (bytes <= limit) return decodeEvent(record);
    return { ok: false, code: "EVENT_TOO_LARGE", reason: `the event has ${bytes} bytes; the limit is ${limit}` };
  }
}

/** The engine's own event holds the event of the run that failed, its key once more, and the error. */
function limitOf({ headers }: StoredRecord, maxEventBytes: number): number {
  return headers["ce_type"]?.toString() === FUNCTION_FAILED ? 2 * maxEventBytes + FAILURE_BYTES : maxEventBytes;
}
