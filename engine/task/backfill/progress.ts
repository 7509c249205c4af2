// How far backfills are in all partitions, of what each of them says.
import { MAX_REMEMBERED } from "../../workflow/backfill/start.ts";
import { isOver, type BackfillRangeState, type BackfillState, type BackfillStatus } from "../../workflow/backfill/state.ts";

export interface BackfillProgress {
  readonly id: string;
  readonly functionId: string;
  /** `running` while any partition has something left; `abandoned` or `cancelled` where one ended so. */
  readonly status: BackfillStatus;
  /** Events a second in all partitions; 0 for no bound. */
  readonly rate: number;
  /** Milliseconds since 1970; null for no bound. */
  readonly since: number | null;
  readonly until: number | null;
  /** When the first partition began it; milliseconds since 1970. */
  readonly startedAt: number;
  /** Events that entered the function. */
  readonly started: number;
  /** Events that had entered it before, and copies of others. */
  readonly skipped: number;
  /** Offsets that are gone from their topics. */
  readonly missing: number;
  /** A topic begins behind the time that was asked for: nobody knows how many are gone. */
  readonly isCut: boolean;
  /** Offsets that are not decided yet, of partitions that have looked where theirs are. */
  readonly left: number;
  readonly partitions: readonly PartitionProgress[];
  /** Partitions that have not decided it yet: they have no owner, or are behind with their inbox. */
  readonly unheard: readonly number[];
}

export interface PartitionProgress {
  readonly partition: number;
  readonly status: BackfillStatus;
  readonly reason: string | null;
  readonly ranges: readonly BackfillRangeState[];
}

/** Of all partitions, by their numbers; in the order in which they began. */
export function progressesOf(partitions: readonly ReadonlyMap<string, BackfillState>[]): readonly BackfillProgress[] {
  const ids = new Map<string, number>();
  for (const backfills of partitions) {
    for (const { id, startedAt } of backfills.values()) ids.set(id, Math.min(ids.get(id) ?? startedAt, startedAt));
  }
  return [...ids].toSorted(([, a], [, b]) => a - b).map(([id, startedAt]) => progressOf(id, startedAt, partitions));
}

function progressOf(id: string, startedAt: number, partitions: readonly ReadonlyMap<string, BackfillState>[]): BackfillProgress {
  const heard: PartitionProgress[] = [];
  const unheard: number[] = [];
  let first: BackfillState | undefined;
  for (const [partition, backfills] of partitions.entries()) {
    const backfill = backfills.get(id);
    first ??= backfill;
    if (backfill === undefined && isForgotten(backfills, startedAt)) continue;
    if (backfill === undefined) unheard.push(partition);
    else heard.push({ partition, status: backfill.status, reason: backfill.reason, ranges: backfill.ranges });
  }
  const { functionId = "", rate = 0, since = null, until = null } = first ?? {};
  const ranges = heard.flatMap((one) => one.ranges);
  const open = heard.filter((one) => !isOver(one)).flatMap((one) => one.ranges);
  return {
    id,
    functionId,
    status: statusOf(heard, unheard),
    rate: rate * partitions.length,
    since,
    until,
    startedAt,
    started: sum(ranges, ({ started }) => started),
    skipped: sum(ranges, ({ skipped }) => skipped),
    missing: sum(ranges, ({ missing }) => missing),
    isCut: ranges.some(({ isCut }) => isCut),
    left: sum(open, ({ from, next, to }) => (from === null ? to : Math.max(0, to - next))),
    partitions: heard,
    unheard,
  };
}

/** Whether a partition may have had one that began then, and forgot it for those that were over later. */
function isForgotten(backfills: ReadonlyMap<string, BackfillState>, startedAt: number): boolean {
  let later = 0;
  for (const one of backfills.values()) if (isOver(one) && one.startedAt >= startedAt) later += 1;
  return later >= MAX_REMEMBERED;
}

function statusOf(heard: readonly PartitionProgress[], unheard: readonly number[]): BackfillStatus {
  const is = (status: BackfillStatus): boolean => heard.some((one) => one.status === status);
  if (is("paused")) return "paused";
  if (is("running") || unheard.length > 0) return "running";
  if (is("abandoned")) return "abandoned";
  return is("cancelled") ? "cancelled" : "done";
}

function sum(ranges: readonly BackfillRangeState[], of: (range: BackfillRangeState) => number): number {
  let total = 0;
  for (const range of ranges) total += of(range);
  return total;
}
