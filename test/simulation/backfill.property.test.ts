// A function that comes, changes and goes, with backfills of it, in partitions whose owners die: events of the past enter it once each, beside
// those that come, and none is missed or doubled where the two meet (R1, R2, R5, R10).
import fc from "fast-check";
import { expect, test } from "vitest";
import { backfillStory, play, type Covered } from "../support/backfill/story.ts";
import { rounds, untilMet } from "../support/rounds.ts";

test("each event that a function wants has one run of it, however it was deployed and backfilled, whoever died meanwhile (R5, R10)", async () => {
  const covered: Covered = { started: 0, skipped: 0, moved: 0 };
  await untilMet(
    () => covered,
    { started: 20, skipped: 5, moved: 0 },
    () =>
      fc.assert(
        fc.asyncProperty(backfillStory, async (told) => {
          expect(await play(told, covered)).toEqual([]);
        }),
        // Where one fails, it is told as it is, with its seed.
        { ...rounds(50), endOnFailure: true },
      ),
  );
}, 120_000);
