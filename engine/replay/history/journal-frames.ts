// A partition's frames that count, in order, as the fold takes them (R3, R5); also from the middle of a journal, or of one that has lost its
// beginning: then whose frames count is learned from what is there.
import type { Frame } from "../../../schemas/journal/generated.ts";
import type { Log, TopicPartition } from "../../log/log.ts";
import { readerUntil } from "../../log/reader-until.ts";
import { entryThatCounts } from "../../task/fold.ts";
import { OwnerLearner } from "../../task/owner-learner.ts";
import { emptyState } from "../../workflow/state.ts";

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
