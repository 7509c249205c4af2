// Somebody else writes where the image is, or removes from it: it is found, told, mended, and harms no state (R3, R4, DESIGN §6).
import { beforeEach, describe, expect, test } from "vitest";
import { must } from "../../../../engine/core/errors.ts";
import { cellRecordKey, encodeCell, encodeTrailer, isTrailer, readRecordKey, type ImagePlace } from "../../../../engine/journal/cells.ts";
import { runKey } from "../../../../engine/workflow/image/run-cells.ts";
import { CompactingLog } from "../../../support/compacting-log.ts";
import { until } from "../../../support/faults/until.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { foldedFromZero, IMAGE, ImagedPartition, JOURNAL, looksOf } from "../../../support/imaged-partition.ts";
import { manifest, RUN, runId, runsStarted, stepCompleted } from "../../../support/records.ts";

const OTHER = runId("another");
let log: CompactingLog;
let clock: FakeClock;
let nonce: number;

beforeEach(() => {
  log = new CompactingLog();
  clock = new FakeClock();
  nonce = 0;
});

async function openOwner(): Promise<ImagedPartition> {
  const owner = await ImagedPartition.open(log, clock, ++nonce);
  expect(looksOf(owner.state)).toEqual(looksOf(await foldedFromZero(log)));
  return owner;
}

/** With two open runs, in an image. */
async function ownerWithAnImage(): Promise<ImagedPartition> {
  const owner = await openOwner();
  owner.decide(() => [manifest(), runsStarted(), runsStarted({ id: OTHER })]);
  await owner.writeImage();
  return owner;
}

async function work(owner: ImagedPartition, step: string): Promise<void> {
  owner.decide(() => [stepCompleted(step)]);
  await owner.writeImage();
}

function isTrailerKey(key: string): boolean {
  const place = readRecordKey(key);
  return place !== null && isTrailer(place);
}

/** The newest record of a cell. */
function placeOf(cell: string): ImagePlace {
  const records = log.stored(IMAGE).filter(({ value }) => value !== null);
  const places = records.map(({ key }) => must(readRecordKey(String(key)), "a place")).filter((place) => place.cell === cell);
  return must(places.toSorted((a, b) => b.lsn - a.lsn)[0], cell);
}

function keyOf({ cell, lsn }: ImagePlace): Buffer {
  return Buffer.from(cellRecordKey(cell, lsn));
}

function trailerPlace(): ImagePlace {
  return placeOf("trailer");
}

async function expectUsed(): Promise<void> {
  const looked = await ImagedPartition.restored(log, clock);
  expect([looked.rejections, looked.imageLsn]).toEqual([[], trailerPlace().lsn]);
  expect(looksOf(looked.state)).toEqual(looksOf(await foldedFromZero(log)));
}

async function expectRejected(reason: RegExp): Promise<ImagedPartition> {
  const owner = await openOwner();
  expect(owner.rejections).toEqual([expect.stringMatching(reason)]);
  expect(owner.imageLsn).toBeNull();
  return owner;
}

describe("a zombie", () => {
  const body = Buffer.from('{"wrong":true}');

  test("that writes other things under the keys of an image is found by the owner's next append, and the image is written anew", async () => {
    const owner = await ownerWithAnImage();
    log.put(IMAGE, [{ key: keyOf(placeOf(runKey(OTHER))), value: encodeCell({ epoch: -1, nonce: 9, parts: 1, body }) }]);
    await work(owner, "a");
    log.compact(IMAGE, await log.latestOffset(IMAGE), false);
    await work(owner, "b");
    await expectUsed();
  });

  test("that does so just before the owner dies makes the image useless, and nothing else", async () => {
    await ownerWithAnImage();
    log.put(IMAGE, [{ key: keyOf(placeOf(runKey(OTHER))), value: encodeCell({ epoch: -1, nonce: 9, parts: 1, body }) }]);
    log.compact(IMAGE, await log.latestOffset(IMAGE), false);
    await work(await expectRejected(/cells/), "a");
    await expectUsed();
  });

  test("that removes what counts is found likewise", async () => {
    const owner = await ownerWithAnImage();
    log.put(IMAGE, [{ key: keyOf(placeOf(runKey(OTHER))), value: null }]);
    await work(owner, "a");
    await work(owner, "b");
    await expectUsed();
  });

  test("whose records come late is passed over, and they are removed", async () => {
    const owner = await ownerWithAnImage();
    const late = keyOf({ cell: "run/00000000000000000000000000", lsn: 1, part: 0 });
    log.put(IMAGE, [{ key: late, value: encodeCell({ epoch: -1, nonce: 9, parts: 1, body }) }]);
    await expectUsed();
    await work(owner, "a");
    expect(log.stored(IMAGE).findLast(({ key }) => String(key) === String(late))?.value).toBeNull();
  });

  test("that closes an image of its own does not hide the newer one", async () => {
    const owner = await ownerWithAnImage();
    await work(owner, "a");
    const trailer = { epoch: -1, nonce: 9, lsn: 1, offset: 0, format: 1, count: 0, sum: "0".repeat(16) };
    log.put(IMAGE, [{ key: keyOf({ ...trailerPlace(), lsn: 1 }), value: encodeTrailer(trailer) }]);
    await expectUsed();
  });

  test("learns from what a newer owner wrote that it is one, and writes no more", async () => {
    const zombie = await ownerWithAnImage();
    await work(await openOwner(), "a");
    const end = await log.latestOffset(IMAGE);
    zombie.keeper.acknowledged({ lsn: zombie.state.lsn, offset: 1 }, 1);
    zombie.decide(() => [stepCompleted("b")]);
    const pass = zombie.keeper.refresh(1_000);
    zombie.keeper.acknowledged({ lsn: zombie.state.lsn, offset: 2 }, 1);
    await pass;
    // One batch, at the most.
    expect((await log.latestOffset(IMAGE)) - end).toBeLessThan(20);
    expect(zombie.warnings).toEqual([]);
    await zombie.keeper.refresh(1_000);
    expect(zombie.keeper.contents).toBeNull();
    await expectUsed();
  });
});

describe("an image is refused, with an alarm,", () => {
  test("when a cell of it is missing", async () => {
    await ownerWithAnImage();
    const key = String(keyOf(placeOf(runKey(RUN))));
    log.mangle(IMAGE, (records) => records.filter((record) => String(record.key) !== key));
    await work(await expectRejected(/it has \d+ cells where its trailer says \d+/), "a");
    await expectUsed();
  });

  test("when its trailer cannot be read", async () => {
    await ownerWithAnImage();
    log.put(IMAGE, [{ key: keyOf(trailerPlace()), value: Buffer.from("something else") }]);
    await work(await expectRejected(/trailer cannot be read/), "a");
    await expectUsed();
  });

  test("when another version wrote it", async () => {
    const owner = await ownerWithAnImage();
    const { epoch = 0, nonce: of = 0 } = owner.state.owner ?? {};
    const trailer = { epoch, nonce: of, lsn: trailerPlace().lsn, offset: 1, format: 99, count: 1, sum: "0".repeat(16) };
    log.put(IMAGE, [{ key: keyOf(trailerPlace()), value: encodeTrailer(trailer) }]);
    await work(await expectRejected(/another version of Millrace wrote it \(format 99, not \d+\)/), "a");
    await expectUsed();
  });

  test("when its frame is not in the journal: another one stands there", async () => {
    await ownerWithAnImage();
    log.mangle(JOURNAL, (records) => records.map((record) => ({ ...record, value: records[0]?.value ?? null })));
    const owner = await ImagedPartition.restored(log, clock);
    expect(owner.rejections).toEqual([expect.stringMatching(/frame \d+, which the image is of, is not at offset \d+ of the journal/)]);
  });

  test("when its frame is past the journal's end", async () => {
    await ownerWithAnImage();
    log.renew(JOURNAL);
    const owner = await ImagedPartition.restored(log, clock);
    expect(owner.rejections).toEqual([expect.stringMatching(/the journal ends at offset 0, before frame 2/)]);
    expect([owner.state.lsn, owner.state.runs.size]).toEqual([0, 0]);
  });
});

test("a journal whose beginning was deleted is enough where it has what the image does not cover", async () => {
  const owner = await ownerWithAnImage();
  await work(owner, "a");
  const { offset } = { offset: (await log.latestOffset(JOURNAL)) - 1 };
  owner.decide(() => [stepCompleted("b")]);
  await owner.flush();
  const whole = looksOf(await foldedFromZero(log));
  await log.trim(JOURNAL, offset);
  const restored = await ImagedPartition.restored(log, clock);
  expect([restored.rejections, looksOf(restored.state)]).toEqual([[], whole]);
  await log.trim(JOURNAL, offset + 1);
  await expect(ImagedPartition.restored(log, clock)).rejects.toMatchObject({ code: "JOURNAL_NO_HISTORY" });
});

test("a topic that was made anew gets the whole image, and nobody is told of more than that", async () => {
  const owner = await ownerWithAnImage();
  log.renew(IMAGE);
  await work(owner, "a");
  expect(owner.warnings).toEqual([expect.objectContaining({ code: "IMAGE_NOT_WRITTEN" })]);
  await clock.advance(31_000);
  owner.keeper.tick();
  await clock.advance(1);
  // Slices are made as the process has time.
  await until("it is written", () => log.stored(IMAGE).some(({ key, value }) => value !== null && isTrailerKey(String(key))));
  await expectUsed();
});

test("where there is no image there is no alarm", async () => {
  const owner = await openOwner();
  expect([owner.rejections, owner.imageLsn]).toEqual([[], null]);
});

test("a pass leaves one record a cell, and a trailer", async () => {
  const owner = await ownerWithAnImage();
  for (const step of ["a", "b", "c"]) await work(owner, step);
  log.compact(IMAGE, await log.latestOffset(IMAGE), false);
  const places = log.stored(IMAGE).map(({ key }) => must(readRecordKey(String(key)), "a place"));
  expect(places.filter(isTrailer).length).toBe(1);
  const cells = places.filter((place) => !isTrailer(place) && place.part === 0).map(({ cell }) => cell);
  expect(cells.length).toBe(new Set(cells).size);
  expect(cells).toContain(runKey(RUN));
});
