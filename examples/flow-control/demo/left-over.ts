// What is left in the state when everybody is done, by its fold: runs, queued runs, held events, slots.
import { foldEntry } from "../../../engine/task/fold.ts";
import { emptyState, type PartitionState } from "../../../engine/workflow/state.ts";
import type { Log, TopicPartition } from "../../../engine/log/log.ts";

/** In words. */
export async function leftOver(log: Log, topic: string): Promise<readonly string[]> {
  return (await lastStates(log, topic)).flatMap(leftIn);
}

/** Of each partition, as its journal has it. */
export async function lastStates(log: Log, topic: string): Promise<readonly PartitionState[]> {
  const partitions = (await log.describeTopic(topic))?.partitions ?? 0;
  return Promise.all(Array.from({ length: partitions }, (_, partition) => lastState(log, { topic, partition }, partitions)));
}

export function leftIn({ partition, runs, flow }: PartitionState): readonly string[] {
  return [
    ...(runs.size === 0 ? [] : [`partition ${partition}: ${runs.size} runs`]),
    ...(flow.rows.size === 0 ? [] : [`partition ${partition}: ${flow.rows.size} queued runs`]),
    ...[...flow.held.keys()].map((key) => `partition ${partition}: events of ${key}`),
    ...[...flow.pools].filter(([, { used }]) => used > 0).map(([key, { used }]) => `partition ${partition}: ${used} slots of ${key}`),
    ...[...flow.permits].filter(([, { used }]) => used > 0).map(([key, { used }]) => `partition ${partition}: ${used} permits of ${key}`),
  ];
}

async function lastState(log: Log, journal: TopicPartition, partitions: number): Promise<PartitionState> {
  const state = emptyState(journal.partition, partitions);
  const reader = log.openReader({ ...journal, from: 0, mode: "bulk" });
  try {
    for (;;) {
      const { records, nextOffset, highWatermark } = await reader.next();
      for (const { offset, value } of records) foldEntry(state, offset, value);
      if (nextOffset >= highWatermark) return state;
    }
  } finally {
    reader.close();
  }
}
