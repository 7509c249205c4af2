// Which entries count for a history: those that count for the engine (R3, R5), which alone knows better.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  NOBODY,
  ownerAfterClaim,
  ownerAfterDamage,
  ownerAfterFrame,
  UNKNOWN,
  type Owner,
} from "../../../../consumers/run-history/journal-owner.ts";
import { encodeClaim } from "../../../../engine/journal/entry.ts";
import { encodeFrame } from "../../../../engine/journal/frame-formats.ts";
import { entryThatCounts } from "../../../../engine/task/fold.ts";
import { emptyState } from "../../../../engine/workflow/state.ts";
import type { Claim, Frame } from "../../../../schemas/journal/generated.ts";
import { untilMet } from "../../../support/rounds.ts";

const claim = (replaces: number, nonce = 1): Claim => ({ nonce, replaces, worker: "w", time: 0 });
const frame = (epoch: number, lsn: number, nonce = 1): Frame => ({ epoch, nonce, lsn, time: 0, inputs: [], records: [] });

/** An entry of somebody who owns the partition, did once, or never will. */
const entry = fc.oneof(
  fc.record({ kind: fc.constant("claim" as const), back: fc.nat(2), nonce: fc.nat(1) }),
  fc.record({ kind: fc.constant("frame" as const), back: fc.nat(2), nonce: fc.nat(1), ahead: fc.integer({ min: -1, max: 0 }) }),
);

test("a history and the fold let the same entries count", async () => {
  let counted = 0;
  let passedOver = 0;
  await untilMet(
    () => ({ counted, passedOver }),
    { counted: 500, passedOver: 500 },
    () =>
      fc.assert(
        fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
          const state = emptyState(0, 1);
          let owner: Owner = NOBODY;
          const epochs = [-1];
          entries.forEach((one, offset) => {
            const epoch = epochs.at(-1 - one.back) ?? -1;
            let [expected, found]: [boolean, boolean] = [false, false];
            if (one.kind === "claim") {
              const made = claim(epoch, one.nonce);
              const seen = entryThatCounts(state, offset, encodeClaim(made));
              expected = seen?.kind === "claim" && seen.counts;
              const after = ownerAfterClaim(owner, made, offset);
              found = after !== null;
              owner = after ?? owner;
              if (expected) epochs.push(offset);
            } else {
              const made = frame(epoch, state.lsn + 1 + one.ahead, one.nonce);
              const seen = entryThatCounts(state, offset, encodeFrame(made));
              expected = seen?.kind === "frame";
              if (expected) state.lsn = made.lsn;
              const after = ownerAfterFrame(owner, made);
              found = after !== null;
              expect(after?.missing ?? 0).toBe(0);
              owner = after?.owner ?? owner;
            }
            expect(found).toBe(expected);
            if (found) counted += 1;
            else passedOver += 1;
          });
          expect(owner.lsn).toBe(state.lsn);
        }),
        { numRuns: 500 },
      ),
  );
});

test("frames that are not there are counted", () => {
  const owner = ownerAfterClaim(NOBODY, claim(-1), 0) ?? NOBODY;
  expect(ownerAfterFrame(owner, frame(0, 5))).toEqual({ owner: { epoch: 0, nonce: 1, lsn: 5 }, missing: 3 });
});

test("where a journal does not begin at its beginning, the first frame or claim tells who owned it", () => {
  expect(ownerAfterFrame(UNKNOWN, frame(70, 12))).toEqual({ owner: { epoch: 70, nonce: 1, lsn: 12 }, missing: 0 });
  const claimed = ownerAfterClaim(UNKNOWN, claim(70), 90);
  expect(claimed).toEqual({ epoch: 90, nonce: 1, lsn: 0 });
  expect(ownerAfterFrame(claimed ?? UNKNOWN, frame(90, 15))?.missing).toBe(0);
  expect(ownerAfterFrame(claimed ?? UNKNOWN, frame(70, 14))).toBeNull();
});

test("an entry that cannot be read may have been a claim: whoever writes next is believed, and what is missing is counted", () => {
  const owner = ownerAfterDamage({ epoch: 0, nonce: 1, lsn: 4 });
  expect(ownerAfterFrame(owner, frame(9, 6, 2))).toEqual({ owner: { epoch: 9, nonce: 2, lsn: 6 }, missing: 1 });
  expect(ownerAfterFrame(owner, frame(9, 4, 2))).toBeNull();
});
