// Reads the app's journal from the first entry to the last: what the log itself says happened, whoever is left to tell.
import { decodeEntry } from "../../../engine/journal/entry.ts";
import type { Log, TopicPartition } from "../../../engine/log/log.ts";
import { foldEntry } from "../../../engine/task/fold.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { toldBy, type Told } from "./told.ts";

export async function readJournal(log: Log, topic: string): Promise<readonly Told[]> {
  const description = await log.describeTopic(topic);
  const partitions = description?.partitions ?? 0;
  const all = Array.from({ length: partitions }, (_, partition) => readPartition(log, { topic, partition }, partitions));
  return (await Promise.all(all)).flat();
}

async function readPartition(log: Log, journal: TopicPartition, partitions: number): Promise<readonly Told[]> {
  const told: Told[] = [];
  const state = emptyState(journal.partition, partitions);
  const reader = log.openReader({ ...journal, from: 0, mode: "bulk" });
  try {
    for (;;) {
      const { records, nextOffset, highWatermark } = await reader.next();
      for (const { offset, value } of records) {
        // Folding tells which entries count: duplicates and frames of owners that were replaced do not.
        if (foldEntry(state, offset, value).kind !== "frame") continue;
        const entry = decodeEntry(value);
        if (entry.kind === "frame") told.push(...entry.frame.records.flatMap(toldBy));
      }
      if (nextOffset >= highWatermark) return told;
    }
  } finally {
    reader.close();
  }
}
