// A partition's frames that count, in order, as the fold takes them (R3, R5); also from the middle of a journal, or of one that has lost its
// beginning: then whose frames count is learned from what is there.
import type { Frame } from "../../../schemas/journal/generated.ts";
import type { Log, TopicPartition } from "../../log/log.ts";
import { readerUntil } from "../../log/reader-until.ts";
import { entryThatCounts, readEntry } from "../../task/fold.ts";
import { isOwner } from "../../workflow/ownership/claim.ts";
import { emptyState, type PartitionState } from "../../workflow/state.ts";

export interface FramesOptions {
  readonly log: Log;
  readonly journal: TopicPartition;
  /** The first offset to read. */
  readonly from: number;
  /** The offset to end before. */
  readonly end: number;
  /** The epoch in force at `from`, where an earlier reading has learned it. */
  readonly epoch?: number;
  readonly signal?: AbortSignal;
  /** Called with how far it is, now and then. */
  readonly onProgress?: (offset: number) => void;
}

export interface CountedFrame {
  readonly offset: number;
  readonly frame: Frame;
}

/** What was read from the middle turned out to be of an owner that was replaced: read again, with this epoch. */
export class OtherEpoch extends Error {
  readonly epoch: number;

  constructor(epoch: number) {
    super("another epoch was in force where reading began");
    this.epoch = epoch;
  }
}

/** In batches, as they are read. @throws JournalError, LogError, OtherEpoch */
export async function* framesThatCount(options: FramesOptions): AsyncGenerator<readonly CountedFrame[]> {
  const { log, journal, from, end, signal, onProgress } = options;
  if (from >= end) return;
  const state = emptyState(journal.partition, 1);
  const learner = from > 0 ? new OwnerLearner(state, from, options.epoch) : null;
  using reader = readerUntil(log, { ...journal, from, mode: "bulk", maxBufferedBytes: 4 * 1024 * 1024 }, signal);
  for (let next = from; next < end;) {
    signal?.throwIfAborted();
    const batch = await reader.next();
    const counted: CountedFrame[] = [];
    for (const { offset, value } of batch.records) {
      if (offset >= end) break;
      learner?.look(offset, value);
      const entry = entryThatCounts(state, offset, value);
      if (entry?.kind !== "frame") continue;
      state.lsn = entry.frame.lsn;
      counted.push({ offset, frame: entry.frame });
    }
    if (counted.length > 0) yield counted;
    next = batch.nextOffset;
    onProgress?.(next);
    if (batch.records.length === 0 && next >= batch.highWatermark) return;
  }
}

/** Owners that claimed before the first entry are known by their frames: of several, the one that claimed last is in force. */
class OwnerLearner {
  readonly #state: PartitionState;
  readonly #from: number;
  readonly #epoch: number | undefined;
  #knowsNumber = false;

  constructor(state: PartitionState, from: number, epoch: number | undefined) {
    this.#state = state;
    this.#from = from;
    this.#epoch = epoch;
  }

  /** At an entry that is about to be taken. @throws OtherEpoch */
  look(offset: number, value: Buffer | null): void {
    const state = this.#state;
    if (this.#knowsNumber && state.owner !== null && state.owner.epoch >= this.#from) return;
    const entry = readEntry(state.partition, offset, value);
    if (entry.kind === "claim") state.owner ??= { epoch: this.#epoch ?? entry.claim.replaces, nonce: -1, worker: "" };
    if (entry.kind !== "frame") return;
    const { frame } = entry;
    if (frame.epoch < this.#from && (this.#epoch ?? frame.epoch) === frame.epoch) {
      if (state.owner !== null && frame.epoch > state.owner.epoch) throw new OtherEpoch(frame.epoch);
      state.owner ??= { epoch: frame.epoch, nonce: frame.nonce, worker: "" };
    }
    if (this.#knowsNumber || !isOwner(state, frame)) return;
    state.lsn = frame.lsn - 1;
    this.#knowsNumber = true;
  }
}
