// A predecessor that goes in good order says so; its successor restores meanwhile and claims when it is told, or when the time is up.
import type { Clock } from "../core/clock.ts";
import type { Log, TopicPartition } from "../log/log.ts";
import type { PartitionState } from "../workflow/state.ts";
import { foldEntry } from "./fold.ts";
import type { LogClock } from "./log-clock.ts";

export interface SuccessionOptions {
  readonly log: Log;
  readonly journal: TopicPartition;
  readonly state: PartitionState;
  readonly signal: AbortSignal;
  readonly logClock: LogClock;
  readonly clock: Clock;
}

/** Follows the journal from `next` while its owner takes leave. Returns the offset after the last entry folded. */
export async function waitForFarewell(options: SuccessionOptions, next: number): Promise<number> {
  const { log, journal, state, signal, logClock, clock } = options;
  const since = clock.monotonicMs();
  const isLeaving = (): boolean => {
    if (state.farewell?.kind !== "releasing") return false;
    const { until } = state.farewell;
    // While the log's time is not known, it is waited for as long as the owner asked when it spoke.
    return logClock.isLearned ? logClock.now() < until : clock.monotonicMs() - since < until - state.time;
  };
  if (!isLeaving()) return next;
  const reader = log.openReader({ ...journal, from: next });
  const stop = (): void => reader.close();
  signal.addEventListener("abort", stop);
  try {
    let position = next;
    while (isLeaving()) {
      signal.throwIfAborted();
      const batch = await reader.next();
      for (const record of batch.records) foldEntry(state, record.offset, record.value);
      position = batch.nextOffset;
    }
    return position;
  } finally {
    signal.removeEventListener("abort", stop);
    reader.close();
  }
}
