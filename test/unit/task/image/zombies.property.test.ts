// Owners that are over and don't know it write on, batches land long after they were sent, somebody damages what stands there, and the cleaner
// runs while it is read: what is restored is the fold of the whole journal all the same (R3, R4), and the image mends.
import fc from "fast-check";
import { expect, test } from "vitest";
import { CompactingLog, type Fate } from "../../../support/compacting-log.ts";
import { draft, FIRST, following, readDraft, readingOn } from "../../../support/arbitrary-history.ts";
import { FakeClock, turns } from "../../../support/fake-clock.ts";
import { foldedFromZero, IMAGE, ImagedPartition, looksOf } from "../../../support/imaged-partition.ts";
import { rounds, untilMet } from "../../../support/rounds.ts";

const PASS_MS = 40_000;
const HEAD_BYTES = 20;

const happening = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      drafts: fc.array(draft, { minLength: 1, maxLength: 6 }),
      read: fc.option(readDraft, { freq: 3 }),
      byZombie: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("flush" as const), byZombie: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("pass" as const), turns: fc.nat(60) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("late" as const), appends: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("land" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("take over" as const), flushed: fc.boolean(), isAhead: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("mangle" as const),
      pick: fc.nat(1_000),
      place: fc.nat(1_000),
      how: fc.constantFrom("flip", "cut", "drop", "swap"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("compact" as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      tombstones: fc.boolean(),
    }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

interface Seen {
  readonly images: number;
  readonly rejections: readonly string[];
}

async function play(history: readonly Happening[], compactions: readonly number[]): Promise<Seen> {
  const clock = new FakeClock();
  const log = new CompactingLog();
  let nonce = 0;
  let images = 0;
  const rejections: string[] = [];
  const owners: ImagedPartition[] = [];
  const onTheirWay: (() => void)[] = [];
  let late: number | null = null;
  let reads = 0;
  log.onAppend = ({ topic }): Fate => {
    if (topic !== IMAGE.topic || late === null || late-- > 0) return { kind: "well" };
    late = null;
    const { promise, resolve } = Promise.withResolvers<void>();
    onTheirWay.push(resolve);
    return { kind: "late", until: promise };
  };
  // The cleaner runs while owners read.
  log.onRead = ({ topic, partition }) => {
    if (topic !== IMAGE.topic) return;
    const below = compactions[reads++ % compactions.length] ?? 0;
    if (below > 0) log.compact({ topic, partition }, below, false);
  };
  const open = async (isAhead = false): Promise<ImagedPartition> => {
    const opened = await ImagedPartition[isAhead ? "openAhead" : "open"](log, clock, ++nonce);
    owners.push(opened);
    if (opened.imageLsn !== null) images += 1;
    rejections.push(...opened.rejections);
    expect(looksOf(opened.state)).toEqual(looksOf(await foldedFromZero(log)));
    return opened;
  };
  let owner = await open();
  let zombie = owner;
  owner.decide(() => [FIRST]);
  for (const next of history) {
    switch (next.kind) {
      case "frame":
        (next.byZombie ? zombie : owner).decide(
          (state) => next.drafts.map((each) => following(state, each)).filter((record) => record !== null),
          (state) => (next.read === null ? [] : [readingOn(state, next.read)]),
        );
        break;
      case "flush":
        await (next.byZombie ? zombie : owner).flush();
        break;
      case "pass":
        await clock.advance(PASS_MS);
        for (const { keeper } of new Set([zombie, owner])) keeper.tick();
        await turns(next.turns);
        break;
      case "late":
        late = next.appends;
        break;
      case "land":
        onTheirWay.shift()?.();
        await turns(10);
        break;
      case "take over":
        if (next.flushed) await owner.flush();
        zombie = owner;
        owner = await open(next.isAhead);
        break;
      case "mangle":
        log.mangle(IMAGE, (records) =>
          records.flatMap((record, index) => (index === next.pick % records.length ? mangled(record, next) : [record])),
        );
        break;
      case "compact":
        log.compact(IMAGE, Math.floor((await log.latestOffset(IMAGE)) * next.part), next.tombstones);
        break;
    }
  }
  late = null;
  log.onRead = () => {};
  for (const land of onTheirWay) land();
  await turns(50);
  await owner.flush();
  // By then they know.
  for (const each of owners) each.die();
  // It mends: what is wrong is found by whoever writes next, or by who opens the partition, and written anew.
  owner = await open();
  await owner.writeImage();
  await clock.advance(PASS_MS);
  owner.keeper.tick();
  await turns(200);
  const before = rejections.length;
  const last = await open();
  expect(rejections.slice(before)).toEqual([]);
  expect(last.imageLsn).not.toBeNull();
  return { images, rejections };
}

type Stored = ReturnType<CompactingLog["stored"]>[number];

function mangled(record: Stored, { how, place }: Extract<Happening, { kind: "mangle" }>): readonly Stored[] {
  const { value } = record;
  if (how === "drop" || value === null) return [];
  if (how === "cut") return [{ ...record, value: value.subarray(0, place % value.length) }];
  if (how === "swap") return [{ ...record, value: Buffer.from("something else") }];
  const flipped = Buffer.from(value);
  // Of what it says; who says so is covered by no sum but that of the log's own batches.
  const at = Math.min(value.length - 1, HEAD_BYTES + (place % value.length));
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (place % 8));
  return [{ ...record, value: flipped }];
}

test("zombies, late batches, damage, and a cleaner that runs during restore: never a wrong state (R3, R4)", async () => {
  let found = 0;
  let images = 0;
  // All of it was met, and images were used all the same.
  await untilMet(
    () => ({ found, images }),
    { found: 0, images: 40 },
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(happening, { minLength: 1, maxLength: 60, size: "max" }),
          fc.array(fc.oneof(fc.constant(0), fc.nat(400)), { minLength: 1, maxLength: 20 }),
          async (history, compactions) => {
            const seen = await play(history, compactions);
            images += seen.images;
            found += seen.rejections.length;
          },
        ),
        rounds(60),
      ),
  );
}, 120_000);
