// The app as it was: each partition's journal folded up to a time, or to an offset (DESIGN §10). A cut per partition: what partitions told each
// other meanwhile may be on one side of it and not yet on the other.
import type { RunId } from "../core/ids.ts";
import type { Log } from "../log/log.ts";
import type { AppTopics } from "../task/app-topics.ts";
import { restore, type RestoreProgress } from "../task/restore.ts";
import type { TriggerEvent } from "../workflow/records.ts";
import type { SeenRun } from "../workflow/run/run-marks.ts";
import { emptyState, type PartitionState, type StepState } from "../workflow/state.ts";

export interface PastStateOptions {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "journal">;
  readonly partition: number;
  readonly partitions: number;
  /** As of then, milliseconds since 1970 by the log's clock; or before the entry at this offset of the journal. */
  readonly at: { readonly time: number } | { readonly offset: number };
  readonly onProgress?: (progress: RestoreProgress) => void;
  readonly signal?: AbortSignal;
}

export interface PastPartition {
  readonly partition: number;
  /** Number and time of the last frame that counts; 0 before the first. */
  readonly lsn: number;
  readonly time: number;
  /** The first offset of the journal that does not count. */
  readonly cut: number;
  readonly runs: readonly PastRun[];
  /** Runs that waited to start. */
  readonly queued: number;
}

export interface PastRun {
  readonly run: RunId;
  readonly function: string;
  readonly status: "running" | "backing-off" | "parked" | "quarantined";
  readonly startedAt: number;
  readonly event: Pick<TriggerEvent, "id" | "name" | "key" | "time" | "data">;
  readonly steps: readonly PastStep[];
}

export interface PastStep {
  readonly step: string;
  readonly status: StepState["status"];
  /** JSON, where it has one. */
  readonly output?: string;
  /** What it waits for. */
  readonly until?: number;
  readonly event?: string;
}

/** @throws JournalError where the journal cannot be folded; LogError */
export async function pastPartition(options: PastStateOptions): Promise<PastPartition> {
  const { log, topics, partition, partitions, at, onProgress, signal = new AbortController().signal } = options;
  const state = emptyState(partition, partitions);
  const { next } = await restore({
    log,
    journal: { topic: topics.journal, partition },
    state,
    signal,
    ...("time" in at ? { untilTime: at.time } : { untilOffset: at.offset }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return { partition, lsn: state.lsn, time: state.time, cut: next, runs: runsOf(state), queued: state.flow.rows.size };
}

function runsOf(state: PartitionState): readonly PastRun[] {
  return [...state.runs.values()].map(pastRun).toSorted((a, b) => (a.run < b.run ? -1 : 1));
}

function pastRun({ id, functionId, status, startedAt, event, steps }: SeenRun): PastRun {
  const { id: eventId, name, key, time, data } = event;
  return {
    run: id,
    function: functionId,
    status: status.status,
    startedAt,
    event: { id: eventId, name, key, time, data },
    steps: [...steps].map(([step, at]) => ({ step, ...stepOf(at) })),
  };
}

function stepOf(step: StepState): Omit<PastStep, "step"> {
  const { status } = step;
  switch (status) {
    case "completed":
      return step.output === null ? { status } : { status, output: step.output };
    case "sleeping":
      return { status, until: step.wakeAt };
    case "retrying":
      return { status, until: step.retryAt };
    case "waiting":
      return { status, event: step.event, ...(step.deadline === null ? {} : { until: step.deadline }) };
    case "resolved":
      return step.event === null ? { status } : { status, event: step.event.id };
    case "invoking":
      return { status, ...(step.deadline === null ? {} : { until: step.deadline }) };
    default:
      return { status };
  }
}
