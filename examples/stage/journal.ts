// Reads an app's journal from the first entry to the last: what the log itself says happened, whoever is left to tell.
import { decodeEntry } from "../../engine/journal/entry.ts";
import type { Log, TopicPartition } from "../../engine/log/log.ts";
import { foldEntry } from "../../engine/task/fold.ts";
import type { JournalRecord } from "../../engine/workflow/records.ts";
import { emptyState } from "../../engine/workflow/state.ts";

export interface Decision {
  readonly record: JournalRecord;
  /** When it was decided, by its frame, and when the log took that: milliseconds since 1970. */
  readonly decidedAt: number;
  readonly appendedAt: number;
}

/** In order within each partition. */
export async function readJournal(log: Log, topic: string): Promise<readonly Decision[]> {
  const description = await log.describeTopic(topic);
  const partitions = description?.partitions ?? 0;
  const all = Array.from({ length: partitions }, (_, partition) => readPartition(log, { topic, partition }, partitions));
  return (await Promise.all(all)).flat();
}

async function readPartition(log: Log, journal: TopicPartition, partitions: number): Promise<readonly Decision[]> {
  const decisions: Decision[] = [];
  const state = emptyState(journal.partition, partitions);
  const reader = log.openReader({ ...journal, from: 0, mode: "bulk" });
  try {
    for (;;) {
      const { records, nextOffset, highWatermark } = await reader.next();
      for (const { offset, value, timestamp } of records) {
        // Folding tells which entries count: duplicates and frames of owners that were replaced do not.
        if (foldEntry(state, offset, value).kind !== "frame") continue;
        const entry = decodeEntry(value);
        if (entry.kind !== "frame") continue;
        for (const record of entry.frame.records) decisions.push({ record, decidedAt: entry.frame.time, appendedAt: timestamp });
      }
      if (nextOffset >= highWatermark) return decisions;
    }
  } finally {
    reader.close();
  }
}
