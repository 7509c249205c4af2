// What of a worker is looked up when somebody asks: how its partitions fare, and how far behind their sources they are.
import type { Log } from "../log/log.ts";
import type { Meters } from "../observability/meters.ts";
import type { PartitionReport } from "./holdings.ts";
import { inTime } from "../core/in-time.ts";
import type { Clock } from "../core/clock.ts";

export interface GaugesOptions {
  readonly meters: Meters;
  readonly log: Log;
  readonly clock: Clock;
  readonly partitions: readonly PartitionReport[];
  readonly standbys: { readonly reading: number; readonly ready: number };
}

/** A log that takes longer to say where its topics end is told by the lags that are missing. */
const MAX_ASKING_MS = 2_000;

export async function readGauges({ meters, log, clock, partitions, standbys }: GaugesOptions): Promise<void> {
  const by = (value: (report: PartitionReport) => number): Iterable<readonly [readonly string[], number]> =>
    partitions.map((report) => [[String(report.partition)], value(report)] as const);
  meters.partitions.replace(partitions.map(({ status }) => [[status], 1] as const));
  meters.partitionProblems.replace(by(({ problems }) => problems.length));
  meters.openRuns.replace(by(({ openRuns }) => openRuns));
  meters.activeRuns.replace(by(({ activeRuns }) => activeRuns));
  meters.queuedRuns.replace(by(({ queuedRuns }) => queuedRuns));
  meters.heldEvents.replace(by(({ heldEvents }) => heldEvents));
  meters.executingSteps.replace(by(({ executingSteps }) => executingSteps));
  meters.readingStopped.replace(by(({ readingStopped }) => (readingStopped === null ? 0 : 1)));
  meters.standbys.replace([
    [["reading"], standbys.reading],
    [["ready"], standbys.ready],
  ]);
  const lags = await lagsOf(log, clock, partitions);
  meters.sourceLag.replace(lags.map(({ topic, partition, lag }) => [[topic, String(partition)], lag] as const));
}

export interface Lag {
  readonly topic: string;
  readonly partition: number;
  /** Records that are not decided about yet. */
  readonly lag: number;
}

/** Of the source partitions that these partitions read; those whose end the log did not tell in time are left out. */
export async function lagsOf(log: Log, clock: Clock, partitions: readonly PartitionReport[]): Promise<readonly Lag[]> {
  const found: Lag[] = [];
  const asked = partitions
    .filter(({ status }) => status === "RUNNING" || status === "LEAVING")
    .flatMap(({ positions }) => positions)
    .map(async ({ topic, partition, next, until }) => {
      const end = await log.latestOffset({ topic, partition }).catch(() => null);
      if (end !== null) found.push({ topic, partition, lag: Math.max(Math.min(end, until ?? end) - next, 0) });
    });
  await inTime(
    clock,
    MAX_ASKING_MS,
    Promise.all(asked).then(() => {}),
  );
  return [...found];
}
