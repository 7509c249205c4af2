// How far an app's tasks are behind its sources: offsets that nobody has decided yet.
import { LogError } from "../../engine/log/errors.ts";
import type { Log } from "../../engine/log/log.ts";
import type { SourcePosition } from "../../engine/workflow/records.ts";
import { sourceKey } from "../../engine/workflow/source/source.ts";
import type { SourceSpec } from "../../engine/workflow/trigger/manifest.ts";

export interface SourceLag {
  readonly topic: string;
  readonly partition: number;
  /** First offset that is not decided. */
  readonly position: number;
  readonly end: number;
  readonly lag: number;
}

export interface SourceLagOptions {
  readonly log: Log;
  /** Those that count now: positions in others are of the past. */
  readonly sources: readonly SourceSpec[];
  readonly positions: readonly SourcePosition[];
}

/** By topic and partition. @throws LogError */
export async function sourceLag({ log, sources, positions }: SourceLagOptions): Promise<readonly SourceLag[]> {
  const at = new Map(positions.map(({ topic, partition, offset }) => [sourceKey(topic, partition), offset]));
  const targets = sources.flatMap(({ topic, partitions }) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })));
  const lags = await Promise.all(
    targets.map(async ({ topic, partition }) => {
      const end = await endOf(log, { topic, partition });
      const known = at.get(sourceKey(topic, partition));
      if (end === null) return [];
      const position = known ?? (await log.earliestOffset({ topic, partition }));
      return [{ topic, partition, position, end, lag: Math.max(end - position, 0) }];
    }),
  );
  return lags.flat();
}

/** Null where the topic is gone: its partition says so among its problems. */
async function endOf(log: Log, target: { readonly topic: string; readonly partition: number }): Promise<number | null> {
  try {
    return await log.latestOffset(target);
  } catch (error) {
    if (error instanceof LogError && error.code === "LOG_UNKNOWN_PARTITION") return null;
    throw error;
  }
}
