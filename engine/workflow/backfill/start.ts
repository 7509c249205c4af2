// People give a function events of the past. Each partition decides it for its own part of the sources, up to where the function counts there.
import { decided, ignored, type Decision } from "../decision.ts";
import type { BackfillEnded, BackfillLocated, BackfillStarted, StartBackfill } from "../records.ts";
import { sourceKey } from "../source/source.ts";
import type { PartitionState } from "../state.ts";
import { ended } from "./end.ts";
import { isOver, type BackfillRangeState, type BackfillsKept } from "./state.ts";
import { withRange } from "./ranges.ts";

/** So many that are over are remembered, for people; of more the oldest is forgotten. Frozen (R2). */
export const MAX_REMEMBERED = 20;

export function decideStartBackfill(state: PartitionState, message: StartBackfill): Decision {
  const { id, functionId, since, until } = message;
  // It is told again where nobody knew if it was told.
  if (state.backfills.has(id)) return ignored("it began before");
  const started: BackfillStarted = {
    type: "BackfillStarted",
    id,
    functionId,
    ranges: rangesOf(state, functionId),
    // Each partition has an equal part.
    rate: message.rate / state.partitions,
    since,
    until,
    mayRepeat: state.seams.get(functionId)?.isReached === true,
  };
  const refusal = refusalOf(state, functionId);
  if (refusal !== null) return decided({ ...started, ranges: [] }, ended(id, "abandoned", refusal));
  return started.ranges.length === 0 ? decided(started, ended(id, "done", null)) : decided(started);
}

function refusalOf(state: PartitionState, functionId: string): string | null {
  if (state.manifest?.functions.has(functionId) !== true) {
    return `the partition decides by a deployment without function ${functionId}. Deploy it, then start another backfill`;
  }
  for (const other of state.backfills.values()) {
    if (other.functionId !== functionId || isOver(other)) continue;
    return `backfill ${other.id} of the function was not over. Start another when it is, or has been cancelled`;
  }
  return null;
}

/** Of sources that are read: what an earlier deployment read counts no more. */
function rangesOf(state: PartitionState, functionId: string): BackfillStarted["ranges"] {
  const seams = state.seams.get(functionId)?.from ?? new Map<string, number>();
  const topics = new Set(state.manifest?.sources.map(({ topic }) => topic));
  return [...state.sources.values()]
    .filter(({ topic }) => topics.has(topic))
    .flatMap(({ topic, partition }) => {
      const seam = seams.get(sourceKey(topic, partition));
      return seam === undefined ? [] : [{ topic, partition, seam }];
    });
}

export function evolveBackfillStarted(state: BackfillsKept, record: BackfillStarted, time: number): void {
  const { id, functionId, rate, since, until, mayRepeat } = record;
  const ranges = record.ranges.map(({ topic, partition, seam }) => newRange(topic, partition, seam));
  const backfill = { id, functionId, rate, since, until, mayRepeat, startedAt: time, lsn: state.lsn, reason: null, ranges };
  state.backfills.set(id, { ...backfill, status: "running" });
  const seam = state.seams.get(functionId);
  if (seam !== undefined && !seam.isReached) state.seams.set(functionId, { ...seam, isReached: true });
}

function newRange(topic: string, partition: number, to: number): BackfillRangeState {
  return { topic, partition, from: null, next: 0, to, started: 0, skipped: 0, missing: 0, isCut: false };
}

/** Somebody looked where a range is, in the topic as it is. */
export interface LocateBackfill extends Omit<BackfillLocated, "type"> {
  readonly type: "LocateBackfill";
}

export function decideLocateBackfill(state: PartitionState, input: LocateBackfill): Decision {
  const backfill = state.backfills.get(input.id);
  const range = backfill?.ranges.find(({ topic, partition }) => topic === input.topic && partition === input.partition);
  if (backfill === undefined || isOver(backfill) || range === undefined || range.from !== null) return ignored("nobody asks any more");
  return decided({ ...input, type: "BackfillLocated" });
}

export function evolveBackfillLocated(state: BackfillsKept, record: BackfillLocated): void {
  const { from, to, missing, isCut } = record;
  withRange(state, record, (range) => ({ ...range, from, next: from, to, missing, isCut }));
}

export function evolveBackfillEnded({ backfills }: BackfillsKept, { id, outcome, reason }: BackfillEnded): void {
  const backfill = backfills.get(id);
  if (backfill === undefined || isOver(backfill)) return;
  const status = outcome === "done" || outcome === "cancelled" ? outcome : "abandoned";
  backfills.set(id, { ...backfill, status, reason });
  let over = 0;
  for (const each of backfills.values()) if (isOver(each)) over += 1;
  for (const each of backfills.values()) {
    if (over <= MAX_REMEMBERED) return;
    if (!isOver(each)) continue;
    backfills.delete(each.id);
    over -= 1;
  }
}
