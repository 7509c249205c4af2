// A record of a source becomes decisions: the runs it starts, or its dead letter. Its position moves in the same frame (R5).
import type { StoredRecord } from "../log/log.ts";
import type { Logger } from "../observability/logger.ts";
import type { Meters } from "../observability/meters.ts";
import { decided, type Decided, type Decision } from "../workflow/decision.ts";
import { decideEvent, type EventArrived } from "../workflow/event/arrive.ts";
import type { Once, ReadResult } from "../workflow/event/cloud-event.ts";
import { advance, remember } from "../workflow/source/source.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import { deadLetter } from "./dead-letter.ts";
import type { FrameQueue } from "./frame-queue.ts";
import { readEvent, type Reading } from "./read-event.ts";

export interface IntakeOptions extends Reading {
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  readonly logger: Logger;
  readonly meters: Meters;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
  /** Returns the time of the frame that holds it. */
  readonly commit: (decision: Decided) => { readonly time: number };
  /** Null where this may be told to others, else a promise that it is worth asking again. */
  readonly hold?: (decision: Decided) => Promise<void> | null;
  /** Decides in the place of functions. */
  readonly consume?: ((source: SourceState, arrived: EventArrived) => Decision) | undefined;
  /** A record of this source cannot be read before that resolves. */
  readonly unreadable?: (source: SourceState, until: Promise<void>) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  /** What was read and may not be told yet. */
  readonly #read = new WeakMap<StoredRecord, ReadResult>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** `stamped`: the record's time is that of the log. A promise: it is not taken, and worth to be tried again when that resolves. */
  take(source: SourceState, record: StoredRecord, stamped: boolean): Promise<void> | undefined {
    const { state, frames, meters, commit, logger, now, hold, consume, unreadable } = this.#options;
    const { topic, partition } = source;
    const { offset } = record;
    const read = this.#read.get(record) ?? readEvent(this.#options, source, record);
    if (read instanceof Promise) {
      unreadable?.(source, read);
      return read;
    }
    let once: Once | null = null;
    if (read === null) {
      frames.open();
    } else if (read.ok) {
      const { event } = read;
      const isIdIgnored = state.manifest?.idsIgnored.has(topic) === true;
      const at = now();
      const appendedAt = stamped ? record.timestamp : at;
      const arrived = { type: "EventArrived", topic, partition, offset, appendedAt, event, isIdIgnored } as const;
      const decision = consume === undefined ? decideEvent(state, source, arrived, at) : consume(source, arrived);
      const held = decision.outcome === "decided" ? (hold?.(decision) ?? null) : null;
      if (held !== null) {
        this.#read.set(record, read);
        return held;
      }
      const { time } = decision.outcome === "decided" ? commit(decision) : frames.open();
      if (!isIdIgnored) {
        once = event.once;
        remember(source, once, time);
      }
    } else {
      logger.warn({ code: read.code, topic, partition, offset }, `input set aside as a dead letter: ${read.reason}`);
      commit(decided(...deadLetter(state, source, record, read)));
    }
    meters.eventsRead.of(topic).add();
    frames.addInput(source, record, once);
    advance(source, { next: offset + 1, last: offset, hash: source.hash });
    return undefined;
  }
}
