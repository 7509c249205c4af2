// What partitions say of backfills, taken together.
import { expect, test } from "vitest";
import { progressesOf } from "../../../engine/task/backfill/progress.ts";
import { foldBackfill } from "../../../engine/workflow/backfill/fold.ts";
import { MAX_REMEMBERED } from "../../../engine/workflow/backfill/start.ts";
import type { BackfillsKept, BackfillState } from "../../../engine/workflow/backfill/state.ts";

type Kept = ReadonlyMap<string, BackfillState>;

/** A partition that began these, one a second, and has no further work with them. */
function partition(ids: readonly string[], outcome: "done" | null = "done"): Kept {
  const kept: BackfillsKept = { backfills: new Map(), seams: new Map(), lsn: 0 };
  for (const [second, id] of ids.entries()) {
    const told = { id, functionId: "f", ranges: [], rate: 2, since: null, until: null, mayRepeat: false };
    foldBackfill(kept, { type: "BackfillStarted", ...told }, second * 1_000);
    if (outcome !== null) foldBackfill(kept, { type: "BackfillEnded", id, outcome, reason: null }, second * 1_000);
  }
  return kept.backfills;
}

const statusOf = (partitions: readonly Kept[], id: string): unknown => {
  const found = progressesOf(partitions).find((one) => one.id === id);
  return [found?.status, found?.unheard];
};

test("one that a partition has not decided yet is not over, whatever the others say", () => {
  expect(statusOf([partition(["a"]), partition([])], "a")).toEqual(["running", [1]]);
  expect(statusOf([partition(["a"]), partition(["a"], null)], "a")).toEqual(["running", []]);
  expect(statusOf([partition(["a"]), partition(["a"])], "a")).toEqual(["done", []]);
});

test("one that a partition has forgotten for those that came later is over", () => {
  const later = Array.from({ length: MAX_REMEMBERED }, (_, n) => `later-${n}`);
  const forgetful = partition(["first", ...later]);
  expect(forgetful.has("first")).toBe(false);
  expect(statusOf([partition(["first"]), forgetful], "first")).toEqual(["done", []]);
  expect(statusOf([partition(["first"]), partition(later.slice(1))], "first")).toEqual(["running", [1]]);
});

test("they are told in the order in which they began, with the first partition's time, and the rate of all together", () => {
  const all = progressesOf([partition(["b", "a"]), partition(["a"])]);
  expect(all.map(({ id, startedAt, rate }) => [id, startedAt, rate])).toEqual([
    ["b", 0, 4],
    ["a", 0, 4],
  ]);
});
