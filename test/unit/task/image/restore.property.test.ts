// Whatever is decided, whenever passes over the state are made and owners die, and however the topic is compacted: what an image and the rest of
// the journal restore is the fold of the whole journal (R1, R12, DESIGN §6).
import fc from "fast-check";
import { expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import { isTrailer, readRecordKey } from "../../../../engine/journal/cells.ts";
import { CompactingLog, type Fate } from "../../../support/compacting-log.ts";
import { draft, FIRST, following, readDraft, readingOn } from "../../../support/arbitrary-history.ts";
import { FakeClock, turns } from "../../../support/fake-clock.ts";
import { foldedFromZero, IMAGE, ImagedPartition, looksOf } from "../../../support/imaged-partition.ts";
import { rounds, untilMet } from "../../../support/rounds.ts";

const PASS_MS = 40_000;

const happening = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      drafts: fc.array(draft, { minLength: 1, maxLength: 6 }),
      read: fc.option(readDraft, { freq: 3 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
  // Time for a pass, and a few turns of it.
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(PASS_MS, PASS_MS, 10, 11 * 60_000), turns: fc.nat(60) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("turns" as const), turns: fc.nat(40) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("compact" as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      tombstones: fc.boolean(),
    }),
  },
  // The process dies at its n-th append to the state topic from now on.
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("doom" as const),
      appends: fc.nat(3),
      fate: fc.constantFrom("lost" as const, "unanswered" as const, "twice" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("die" as const), flushed: fc.boolean(), isAhead: fc.boolean() }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Plays a history. Looks at each owner's beginning, and at the end. Returns how many of them began with an image. */
async function play(history: readonly Happening[], slowly: boolean): Promise<number> {
  const clock = new FakeClock();
  const log = new CompactingLog();
  let nonce = 0;
  let images = 0;
  let doom: { appends: number; readonly fate: "lost" | "unanswered" | "twice" } | null = null;
  log.onAppend = async ({ topic }): Promise<Fate> => {
    if (topic !== IMAGE.topic) return { kind: "well" };
    if (slowly) await turns(2);
    if (doom === null || doom.appends-- > 0) return { kind: "well" };
    const { fate } = doom;
    doom = null;
    if (fate !== "twice") owner.die();
    return { kind: fate };
  };
  const open = async (isAhead = false): Promise<ImagedPartition> => {
    const opened = await ImagedPartition[isAhead ? "openAhead" : "open"](log, clock, ++nonce);
    expect(opened.rejections).toEqual([]);
    if (opened.imageLsn !== null) images += 1;
    expect(looksOf(opened.state)).toEqual(looksOf(await foldedFromZero(log)));
    return opened;
  };
  let owner = await open();
  owner.decide(() => [FIRST]);
  for (const next of history) {
    switch (next.kind) {
      case "frame":
        owner.decide(
          (state) => next.drafts.map((each) => following(state, each)).filter((record) => record !== null),
          (state) => (next.read === null ? [] : [readingOn(state, next.read)]),
        );
        break;
      case "flush":
        await owner.flush();
        break;
      case "pass":
        await clock.advance(next.ms);
        owner.keeper.tick();
        await turns(next.turns);
        break;
      case "turns":
        await turns(next.turns);
        break;
      case "compact":
        log.compact(IMAGE, Math.floor((await log.latestOffset(IMAGE)) * next.part), next.tombstones);
        break;
      case "doom":
        doom = { appends: next.appends, fate: next.fate };
        break;
      case "die":
        if (next.flushed) await owner.flush();
        owner.die();
        doom = null;
        owner = await open(next.isAhead);
        break;
    }
    expect(owner.warnings).toEqual([]);
  }
  await owner.flush();
  owner.die();
  doom = null;
  owner = await open();
  await owner.writeImage();
  expect(owner.warnings).toEqual([]);
  // Nothing is left behind of all that was written.
  log.compact(IMAGE, await log.latestOffset(IMAGE), false);
  const { index } = must(owner.keeper.contents, "what is known of the image");
  const places = log.stored(IMAGE).map(({ key }) => must(readRecordKey(String(key)), "the place of a record"));
  expect(places.filter(isTrailer).length).toBe(1);
  expect(new Set(places.filter((place) => !isTrailer(place)).map(({ cell }) => cell)).size).toBe(index.count);
  expect(places.filter((place) => !isTrailer(place) && index.lsnOf(place.cell) !== place.lsn)).toEqual([]);
  return images;
}

test("an owner that begins with an image has the state that the whole journal says, wherever the one before ended, and no image is refused (R1, R12)", async () => {
  let images = 0;
  await untilMet(
    () => ({ images }),
    { images: 10 },
    () =>
      fc.assert(
        fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 60, size: "max" }), fc.boolean(), async (history, slowly) => {
          images += await play(history, slowly);
        }),
        rounds(60),
      ),
  );
}, 120_000);
