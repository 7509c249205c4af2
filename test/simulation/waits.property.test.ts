// Runs that wait in three partitions whose owners die, on a log that answers late, loses answers and delays messages: each wait comes to what
// the log says that it may come to, once, and the same after a rebuild (R1, R2, R7, R13).
import fc from "fast-check";
import { expect, test } from "vitest";
import { rounds } from "../support/rounds.ts";
import { play, story } from "../support/waits/story.ts";

test("each wait comes to an event that counts, or to nothing where none does, once, whatever dies meanwhile (R7, R13)", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      expect(await play(told)).toEqual([]);
    }),
    // A story takes a tenth of a second: where one fails, it is told as it is, with its seed.
    { ...rounds(200), endOnFailure: true },
  );
});
