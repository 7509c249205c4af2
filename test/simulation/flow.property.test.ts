// Functions with policies in three partitions whose owners die, freeze and are replaced, while people pause, cancel and change limits: no limit
// is ever exceeded, no slot is lost, everybody gets their turn in order, and something becomes of each event (R1, R2, R7).
import fc from "fast-check";
import { expect, test } from "vitest";
import { rounds } from "../support/rounds.ts";
import { play, story } from "../support/flow/story.ts";

test("limits hold, slots come back, lines keep their order, and each event is accounted for, whatever dies meanwhile (R1, R2, R7)", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      expect(await play(told)).toEqual([]);
    }),
    // Where one fails, it is told as it is, with its seed.
    { ...rounds(40), endOnFailure: true },
  );
});
