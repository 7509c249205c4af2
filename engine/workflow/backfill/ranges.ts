// How far a backfill is in each of its ranges.
import type { BackfillAdvanced } from "../records.ts";
import type { BackfillRangeState, BackfillsKept, BackfillState } from "./state.ts";

interface Place {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
}

export function evolveBackfillAdvanced(state: BackfillsKept, record: BackfillAdvanced): void {
  const { next, started, skipped, missing } = record;
  withRange(state, record, (range) => ({
    ...range,
    next,
    started: range.started + started,
    skipped: range.skipped + skipped,
    missing: range.missing + missing,
  }));
}

/** Replaces a range; nothing where there is none. */
export function withRange(
  { backfills }: BackfillsKept,
  { id, topic, partition }: Place,
  change: (range: BackfillRangeState) => BackfillRangeState,
): void {
  const backfill = backfills.get(id);
  if (backfill === undefined) return;
  const isIt = (range: BackfillRangeState): boolean => range.topic === topic && range.partition === partition;
  backfills.set(id, { ...backfill, ranges: backfill.ranges.map((range) => (isIt(range) ? change(range) : range)) });
}

/** The first range that is not decided to its end; null where all are. */
export function openRange({ ranges }: BackfillState): BackfillRangeState | null {
  return ranges.find(isOpen) ?? null;
}

export function isOpen({ from, next, to }: BackfillRangeState): boolean {
  return from === null || next < to;
}
