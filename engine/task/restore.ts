// Builds a partition's state from its journal (R1), from the first entry, or from what an image covers, to the end.
import { JournalError } from "../journal/errors.ts";
import type { Log, StoredRecord, TopicPartition } from "../log/log.ts";
import { readerUntil } from "../log/reader-until.ts";
import type { PartitionState } from "../workflow/state.ts";
import { foldEntry, readEntry } from "./fold.ts";

export interface RestoreProgress {
  readonly offset: number;
  readonly end: number;
  readonly records: number;
}

export interface RestoreOptions {
  readonly log: Log;
  readonly journal: TopicPartition;
  readonly state: PartitionState;
  readonly signal: AbortSignal;
  /** Others saw a frame with this number: a journal that ends before it is not the one that they saw (R11). Default 0. */
  readonly knownLsn?: number;
  /** Fold no further than the frame with this number. Default: to the end. */
  readonly untilLsn?: number;
  /** Fold nothing that was decided after this time, milliseconds since 1970 by the log's clock. Default: to the end. */
  readonly untilTime?: number;
  /** Fold no entry at this offset or behind it. Default: to the end. */
  readonly untilOffset?: number;
  /** Where folding begins; `state` is as of there. Default: at 0, with an empty state. */
  readonly from?: number;
  readonly onProgress?: (progress: RestoreProgress) => void;
}

export interface Restored {
  /** The offset after the last entry read. */
  readonly next: number;
  /** How many decisions were folded. */
  readonly records: number;
  /** Of the entries that were read. */
  readonly bytes: number;
}

/** @throws JournalError */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { log, journal, state, signal, knownLsn = 0, from = 0 } = options;
  const isBehind = boundOf(options);
  const start = await log.earliestOffset(journal);
  if (start > from) {
    throw new JournalError(
      "JOURNAL_NO_HISTORY",
      `journal ${journal.topic}/${journal.partition} begins at offset ${start}: what came before was deleted, by the app's \`retention\` or by the topic's ` +
        `settings, and state cannot be built from offset ${from} without it. Where an owner says this, its image was of no use: restore the topic from a ` +
        "backup. The topic's own retention must be unlimited (retention.ms=-1, retention.bytes=-1, cleanup.policy=delete)",
    );
  }
  using reader = readerUntil(log, { ...journal, from, mode: "bulk", maxBufferedBytes: 4 * 1024 * 1024 }, signal);
  let next = from;
  let records = 0;
  let bytes = 0;
  for (;;) {
    signal.throwIfAborted();
    const batch = await reader.next();
    for (const record of batch.records) {
      if (isBehind(state, record)) return { next: record.offset, records, bytes };
      bytes += record.value?.length ?? 0;
      const folded = foldEntry(state, record.offset, record.value);
      if (folded.kind === "frame") records += folded.records;
    }
    next = batch.nextOffset;
    options.onProgress?.({ offset: next, end: batch.highWatermark, records });
    if (next >= batch.highWatermark) {
      if (state.lsn < knownLsn) throw lostHistory(journal, state.lsn, knownLsn);
      return { next, records, bytes };
    }
  }
}

/** Whether an entry is beyond what is asked for. */
function boundOf({
  untilLsn = Number.POSITIVE_INFINITY,
  untilTime = Number.POSITIVE_INFINITY,
  untilOffset = Number.POSITIVE_INFINITY,
}: RestoreOptions): (state: PartitionState, record: StoredRecord) => boolean {
  return (state, { offset, value }) =>
    state.lsn >= untilLsn ||
    offset >= untilOffset ||
    (untilTime !== Number.POSITIVE_INFINITY && decidedAt(state.partition, offset, value) > untilTime);
}

/** Claims and knocks decide nothing by themselves: they are as old as what they stand behind. */
function decidedAt(partition: number, offset: number, value: Buffer | null): number {
  const entry = readEntry(partition, offset, value);
  return entry.kind === "frame" ? entry.frame.time : Number.NEGATIVE_INFINITY;
}

function lostHistory({ topic, partition }: TopicPartition, lsn: number, knownLsn: number): JournalError {
  return new JournalError(
    "JOURNAL_TRUNCATED",
    `journal ${topic}/${partition} ends with frame ${lsn}, but the app's functions topic knows of frame ${knownLsn}: the topic was made anew, or lost its end. ` +
      "The partition stops, since it would do again what was done. Restore the topic from a backup; or, to begin anew on purpose, delete the app's functions topic as well",
  );
}
