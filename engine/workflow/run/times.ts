// A run has times to begin in and to be over in, its function's `timeouts`, both from when its event came.
import type { TriggerEvent } from "../records.ts";
import type { PartitionState } from "../state.ts";

export const NOT_CALLED = "its code was not called in time (timeouts.start)";
export const NOT_OVER = "it was not over in time (timeouts.finish)";

/** Milliseconds since 1970; null for no bound. */
export interface RunTimes {
  readonly startBy: number | null;
  readonly finishBy: number | null;
}

export function timesOf({ manifest }: PartitionState, functionId: string, { appendedAt }: Pick<TriggerEvent, "appendedAt">): RunTimes {
  const { startMs, finishMs } = manifest?.functions.get(functionId)?.timeouts ?? {};
  return {
    startBy: startMs === undefined ? null : appendedAt + startMs,
    finishBy: finishMs === undefined ? null : appendedAt + finishMs,
  };
}

/** From then on a run that has not begun is not to begin any more: it could not be over in time either. */
export function beginBy({ startBy, finishBy }: RunTimes): number | null {
  return startBy === null || finishBy === null ? (startBy ?? finishBy) : Math.min(startBy, finishBy);
}
