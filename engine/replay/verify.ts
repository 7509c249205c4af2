// Builds a partition's state from the first entry of its journal (R1). Its digest equals that of the live task at the same lsn, or one of the two is wrong.
import type { Log } from "../log/log.ts";
import type { AppTopics } from "../task/app-topics.ts";
import { restore } from "../task/restore.ts";
import { stateDigest } from "../task/state-digest.ts";
import { emptyState } from "../workflow/state.ts";

export interface RebuildOptions {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "journal">;
  readonly partition: number;
  /** Number of the last frame to fold. Default: all that the journal holds now. */
  readonly untilLsn?: number;
  readonly signal?: AbortSignal;
}

export interface RebuiltState {
  /** Below `untilLsn` where the journal ends before it. */
  readonly lsn: number;
  readonly digest: string;
}

/** @throws JournalError where the journal cannot be folded; LogError */
export async function rebuildDigest(options: RebuildOptions): Promise<RebuiltState> {
  const { log, topics, partition, untilLsn, signal = new AbortController().signal } = options;
  const state = emptyState(partition, 1);
  await restore({
    log,
    journal: { topic: topics.journal, partition },
    state,
    signal,
    ...(untilLsn === undefined ? {} : { untilLsn }),
  });
  return { lsn: state.lsn, digest: stateDigest(state) };
}
