// A partition as the API shows it: what its journal says, and, where its owner is in this process, what that says.
import type { PartitionReport } from "../../engine/worker/holdings.ts";
import type { ShownPartition } from "../contract/partitions.ts";
import type { PartitionStanding } from "./standing.ts";

export interface KnownPartition {
  /** Of its journal. */
  readonly topic: string;
  readonly end: number;
  /** Null: its owner is elsewhere. */
  readonly report: PartitionReport | null;
  /** Null: nobody did, here. */
  readonly verified: ShownPartition["verified"];
  /** Names of all workers that run now; null where the log does not say. */
  readonly workers: readonly string[] | null;
}

export function shownPartition(standing: PartitionStanding, { topic, end, report, verified, workers }: KnownPartition): ShownPartition {
  const { partition, worker, epoch, lsn, at, next, digest, problem } = standing;
  return {
    partition,
    owner: worker,
    ownerAlive: worker === null || workers === null ? null : workers.includes(worker),
    epoch,
    lsn,
    at,
    journal: { topic, position: next, end },
    local: report === null ? null : localOf(report, problem),
    digest,
    verified,
  };
}

function localOf(report: PartitionReport, problem: string | null): ShownPartition["local"] {
  const { status, problems, openRuns, executingSteps, queuedRuns, restoring } = report;
  return {
    status,
    problems: problem === null ? [...problems] : [...problems, problem],
    openRuns,
    executingSteps,
    queued: queuedRuns,
    restore: restoring === null ? null : { done: restoring.offset, total: restoring.end },
  };
}
