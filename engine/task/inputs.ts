// What comes to a task from the log: events of its sources, and messages in its inbox. Each is let in when there is room for it.
import type { StoredRecord } from "../log/log.ts";
import type { Decided } from "../workflow/decision.ts";
import type { SourcePosition, SourcePositionSet } from "../workflow/records.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import type { Consuming } from "./consumer/consuming.ts";
import type { EventReader } from "./event-reader.ts";
import type { FrameQueue } from "./frame-queue.ts";
import { Intake } from "./intake.ts";
import { Room } from "./room.ts";
import { Sources } from "./sources.ts";
import type { TaskOptions } from "./task-options.ts";
import { Unreadable } from "./unreadable.ts";

export interface InputsOptions {
  readonly options: TaskOptions;
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  readonly reader: EventReader;
  /** Null where the app has functions. */
  readonly consuming: Consuming | null;
  readonly signal: AbortSignal;
  /** Nothing is to be decided now. */
  readonly standsStill: () => boolean;
  readonly mayReadEvents: () => boolean;
  readonly mayReadMessages: () => boolean;
  readonly mayTell: (decision: Decided) => boolean;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
  readonly commit: (decision: Decided) => { readonly time: number };
  readonly message: (source: SourceState, record: StoredRecord) => Promise<void>;
  /** A position was set by people. */
  readonly skipped: (record: SourcePositionSet) => void;
  /** Something was decided, or will be. */
  readonly schedule: () => void;
  readonly flushed: () => Promise<void>;
  readonly failed: (error: Error) => void;
}

export class Inputs {
  readonly events: Room;
  readonly messages: Room;
  readonly #sources: Sources;
  readonly #intake: Intake;
  readonly #unreadable: Unreadable;

  constructor(parts: InputsOptions) {
    const { options, state, frames, reader, consuming, signal, standsStill, mayReadEvents, mayReadMessages } = parts;
    const { partition, partitions, topics, log, logger, clock, limits, skipMissing, onSourceStopped } = options;
    const { mayTell, now, commit, message, skipped, schedule, flushed, failed } = parts;
    this.events = new Room(() => standsStill() || !mayReadEvents() || consuming?.mayReadEvents === false);
    this.messages = new Room(() => standsStill() || !mayReadMessages() || consuming?.mayReadMessages === false);
    this.#unreadable = new Unreadable({ reader, clock, logger });
    this.#intake = new Intake({
      state,
      frames,
      reader,
      maxEventBytes: limits.maxEventBytes,
      logger,
      meters: options.meters,
      now,
      commit,
      hold: (decision) => (mayTell(decision) ? null : this.events.next()),
      unreadable: (source, until) => this.#unreadable.waits(source, until),
      consume: consuming?.decide.bind(consuming),
    });
    this.#sources = new Sources({
      log,
      partition,
      partitions,
      skipMissing,
      signal,
      inbox: topics.inbox,
      onRecord: (source, record, stamped) => {
        schedule();
        if (source.topic === topics.inbox) return message(source, record);
        return consuming?.isBeyond(source, record.offset) === true ? this.events.next() : this.#intake.take(source, record, stamped);
      },
      // Messages are let in when events are not: others' answers are what runs wait for.
      room: ({ topic }) => (topic === topics.inbox ? this.messages : this.events).wait(),
      skipped,
      flushed,
      onStopped: onSourceStopped,
      onFailed: failed,
    });
  }

  /** Where sources of a manifest begin that this partition has not read before. */
  startsOf(content: string, state: PartitionState): Promise<readonly SourcePosition[]> {
    return this.#sources.startsOf(content, state);
  }

  /** Reads the sources that the active manifest names, and no others. */
  follow(state: PartitionState): void {
    this.#sources.follow(state);
  }

  stop(): void {
    this.#sources.stop();
  }

  /** There may be room. */
  wake(): void {
    this.events.wake();
    this.messages.wake();
  }

  /** Called twice a second. */
  tick(): void {
    this.#unreadable.tick();
  }

  /** For people. */
  problems(): readonly string[] {
    return [...[...this.#sources.stopped.values()].map((error) => error.message), ...this.#unreadable.problems()];
  }
}
