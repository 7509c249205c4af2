// Whether a partition reads further events: not while it has more to do than it should remember (R16). Its inbox is read all the same, since
// what others answer is what its runs wait for.
import type { Logger } from "../observability/logger.ts";
import type { JournalRecord, TriggerEvent } from "../workflow/records.ts";
import type { PartitionState } from "../workflow/state.ts";
import { bytesOfEvents } from "./backlog/kept-events.ts";
import type { Correspondence } from "./correspondence.ts";
import type { FrameQueue } from "./frame-queue.ts";
import type { FullHomes } from "./full-homes.ts";

const MAX_QUEUED_FRAMES = 8;
/** What runs did that have begun waits behind no more events than these, and the frame that is on its way. */
const MAX_QUEUED_BYTES = 128 * 1024;
/** With no more than this part of what stops live events, there is room for those of the past; */
const QUIET = 0.1;
/** but live ones of their function wait behind them in its lines, so these are no longer than that. */
const MAX_PAST_ROWS = 1_000;
const MAX_DEBTS = 1_000;
/** Messages that are in no inbox yet. */
const MAX_UNSENT = 20_000;
/** Of events that are held for batches, debounces and singletons, as they take it in memory. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Values that policies count for. */
const MAX_CELLS = 5_000_000;
/** What lasts for so many ticks is told. */
const LASTING_TICKS = 2;
/** People are told no more often, in ticks. */
const QUIET_TICKS = 120;

type Cause = "frames" | "debts" | "messages" | "offers" | "queued" | "held" | "cells" | "homes";

export interface PressureOptions {
  readonly state: PartitionState;
  readonly frames: Pick<FrameQueue, "length" | "queuedBytes">;
  readonly correspondence: Pick<Correspondence, "hasManyOffers" | "unsent">;
  readonly homes: Pick<FullHomes, "heldUpBy">;
  readonly maxQueuedRuns: number;
  readonly logger: Logger;
}

export class Pressure {
  readonly #options: PressureOptions;
  #heldBytes = 0;
  /** As of the last ticks. */
  #cause: Cause | null = null;
  #ticksSince = 0;
  #lasting: Cause | null = null;
  #isTold = false;
  #quietTicks = 0;

  constructor(options: PressureOptions) {
    this.#options = options;
  }

  /** The state is there: from now on `recording` is called. */
  begin(): void {
    this.#heldBytes = 0;
    for (const { events } of this.#options.state.flow.held.values()) this.#heldBytes += bytesOf(events);
  }

  /** A record is about to change the state. */
  recording(record: JournalRecord): void {
    if (record.type !== "EventHeld" && record.type !== "HeldWentOn") return;
    const isAdded = record.type === "EventHeld" && record.gate === "batch";
    if (!isAdded) this.#heldBytes -= bytesOf(this.#options.state.flow.held.get(record.key)?.events ?? []);
    if (record.type === "EventHeld") this.#heldBytes += bytesOf([record.event]);
  }

  /** So much is on its way out that nothing is to be added but what runs do that have begun. */
  get isOwing(): boolean {
    const cause = this.#causeNow();
    return cause === "frames" || cause === "debts" || cause === "messages";
  }

  /** No further messages are taken, either. */
  get isStuck(): boolean {
    const { frames, correspondence } = this.#options;
    return frames.length >= MAX_QUEUED_FRAMES || correspondence.hasManyOffers;
  }

  get mayReadEvents(): boolean {
    return this.#options.frames.queuedBytes < MAX_QUEUED_BYTES && this.#causeNow() === null;
  }

  /** There is so little to do that what can wait may be done: live events would be let in for much longer. */
  get isQuiet(): boolean {
    const { state, frames, maxQueuedRuns } = this.#options;
    return frames.queuedBytes < MAX_QUEUED_BYTES * QUIET && state.flow.rows.size < pastRows(maxQueuedRuns);
  }

  /** Why no events are read, for a second at least; null: they are. */
  get reason(): string | null {
    return this.#lasting === null ? null : this.#why(this.#lasting);
  }

  /** Called twice a second. */
  tick(): void {
    const { logger, state, homes } = this.#options;
    const cause = this.#causeNow() ?? (homes.heldUpBy === null ? null : "homes");
    this.#ticksSince = (cause === null) === (this.#cause === null) ? this.#ticksSince + 1 : 1;
    this.#cause = cause;
    this.#quietTicks = Math.max(this.#quietTicks - 1, 0);
    if (this.#ticksSince < LASTING_TICKS) return;
    this.#lasting = cause;
    if (cause !== null && !this.#isTold && this.#quietTicks === 0) {
      this.#isTold = true;
      this.#quietTicks = QUIET_TICKS;
      logger.warn({ code: "READING_STOPPED", partition: state.partition, cause }, `no further events are read: ${this.#why(cause)}`);
    } else if (cause === null && this.#isTold) {
      this.#isTold = false;
      logger.info({ code: "READING_GOES_ON", partition: state.partition }, "events are read again");
    }
  }

  #causeNow(): Cause | null {
    const { state, frames, correspondence, maxQueuedRuns } = this.#options;
    if (frames.length >= MAX_QUEUED_FRAMES) return "frames";
    if (state.emissions.size >= MAX_DEBTS) return "debts";
    if (correspondence.unsent >= MAX_UNSENT) return "messages";
    if (correspondence.hasManyOffers) return "offers";
    if (state.flow.rows.size >= maxQueuedRuns) return "queued";
    if (state.flow.cells.size >= MAX_CELLS) return "cells";
    return this.#heldBytes >= MAX_HELD_BYTES ? "held" : null;
  }

  #why(cause: Cause): string {
    const { state, maxQueuedRuns, correspondence, homes } = this.#options;
    switch (cause) {
      case "frames":
        return "the journal takes decisions more slowly than they are made";
      case "debts":
        return `${state.emissions.size} records for other topics are decided, and not in them yet`;
      case "messages":
        return `${correspondence.unsent} messages to other partitions are decided, and not in their inboxes yet`;
      case "offers":
        return "events are still compared with what runs wait for";
      case "queued":
        return `${state.flow.rows.size} runs wait in lines, and maxQueuedRuns is ${maxQueuedRuns}`;
      case "held":
        return `events that are held for batches, debounces and singletons take ${Math.round(this.#heldBytes / 2 ** 20)} MiB`;
      case "cells":
        return `${state.flow.cells.size} values of keys of rate limits, throttles and idempotency are remembered`;
      case "homes":
        return `the next is for a run of partition ${homes.heldUpBy ?? "?"}, where too many wait in lines`;
    }
  }
}

/** With so many runs in lines a partition wants no further ones of the past. */
export function pastRows(maxQueuedRuns: number): number {
  return Math.min(MAX_PAST_ROWS, Math.max(1, Math.floor(maxQueuedRuns * QUIET)));
}

function bytesOf(events: readonly TriggerEvent[]): number {
  let bytes = 0;
  for (const event of events) bytes += bytesOfEvents([event]);
  return bytes;
}
