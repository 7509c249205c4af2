// Back-fills of an app, as its journals tell them: whoever began them, and whatever process that was.
import { progressesOf, type BackfillProgress } from "../../engine/task/backfill/progress.ts";
import type { Backfill } from "../contract/backfills.ts";
import { standingOf } from "../partitions/standing-of.ts";
import type { ServedApp } from "../served-app.ts";

/** In the order in which they began, as of now or of half a second ago. @throws LogError */
export async function knownBackfills(served: ServedApp): Promise<readonly BackfillProgress[]> {
  return progressesOf((await standingOf(served).look()).map(({ backfills }) => backfills));
}

/** Offsets of those partitions that have looked where theirs are. */
export function offsetsOf({ partitions }: BackfillProgress): number {
  return partitions.flatMap(({ ranges }) => ranges).reduce((sum, { from, to }) => sum + to - (from ?? 0), 0);
}

export function reasonsOf({ partitions }: BackfillProgress): readonly string[] {
  return [...new Set(partitions.flatMap(({ reason }) => (reason === null ? [] : [reason])))];
}

export function shownBackfill(progress: BackfillProgress): Backfill {
  const { partitions: _, unheard, rate, ...shown } = progress;
  // Each partition has an equal part: a third of it, three times, is not quite the whole.
  const whole = Math.round(rate * 1_000) / 1_000;
  return { ...shown, rate: whole, total: offsetsOf(progress), reasons: [...reasonsOf(progress)], unheard: [...unheard] };
}
