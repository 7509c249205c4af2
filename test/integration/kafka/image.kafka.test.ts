// The image in a real topic, whose cleaner runs all the time, tombstones included: while it is written, and while it is read.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { stepKey, type RunId } from "../../../engine/core/ids.ts";
import { encodeCell, readRecordKey } from "../../../engine/journal/cells.ts";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { Log, StoredRecord, TopicPartition } from "../../../engine/log/log.ts";
import { runKey } from "../../../engine/workflow/image/run-cells.ts";
import type { JournalRecord } from "../../../engine/workflow/records.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { foldedFromZero, ImagedPartition, looksOf, type Places } from "../../support/imaged-partition.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { manifest, runId, runsStarted } from "../../support/records.ts";

const CLEANED_AT_ONCE = {
  "cleanup.policy": "compact",
  "segment.ms": "100",
  "segment.bytes": "1048576",
  "min.cleanable.dirty.ratio": "0.001",
  "min.compaction.lag.ms": "0",
  "max.compaction.lag.ms": "500",
  "delete.retention.ms": "0",
};
const WRITING_MS = 8_000;
/** Runs that are open at the same time. */
const OPEN = 60;

interface Scene extends AsyncDisposable {
  readonly log: Log;
  readonly places: Places;
  open(nonce: number): Promise<ImagedPartition>;
  look(): Promise<ImagedPartition>;
}

async function openScene(): Promise<Scene> {
  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  const name = `image-${randomUUID()}`;
  const places = {
    journal: { topic: `${name}.journal`, partition: 0 },
    image: { topic: `${name}.state`, partition: 0 },
    sizes: { sliceBytes: 16_384, partBytes: 1_500 },
  };
  await log.createTopics([
    { topic: places.journal.topic, partitions: 1, settings: {} },
    { topic: places.image.topic, partitions: 1, settings: CLEANED_AT_ONCE },
  ]);
  const clock = new FakeClock();
  return {
    log,
    places,
    open: (nonce) => ImagedPartition.open(log, clock, nonce, places),
    look: () => ImagedPartition.restored(log, clock, places),
    [Symbol.asyncDispose]: () => log.close(),
  };
}

/** A run begins, others get on, the oldest ends: most of what is written to the image is soon replaced or gone. */
function busyness(number: number): readonly JournalRecord[] {
  const started = runsStarted({ id: nth(number), event: { data: JSON.stringify("x".repeat(2_000)) } });
  const going = [1, 7, 30].map((back): JournalRecord => ({
    type: "StepCompleted",
    run: nth(number - back),
    step: stepKey("s", number),
    output: "1",
    began: 0,
  }));
  return [started, ...going, { type: "RunCompleted", run: nth(number - OPEN), output: null }];
}

function nth(number: number): RunId {
  return runId(`run ${number}`);
}

/** The state that was restored is that of the journal up to the same frame, by nobody's image. */
async function expectRight({ log, places }: Scene, restored: ImagedPartition): Promise<void> {
  expect(looksOf(restored.state)).toEqual(looksOf(await foldedFromZero(log, places, restored.state.lsn)));
}

async function stored(log: Log, target: TopicPartition): Promise<readonly StoredRecord[]> {
  const end = await log.latestOffset(target);
  const reader = log.openReader({ ...target, from: 0, mode: "bulk" });
  const records: StoredRecord[] = [];
  for (let next = 0; next < end;) {
    const batch = await reader.next();
    records.push(...batch.records);
    next = batch.nextOffset;
  }
  reader.close();
  return records;
}

async function keyOfRun({ log, places }: Scene, run: RunId): Promise<Buffer> {
  const found = (await stored(log, places.image)).find(({ key }) => readRecordKey(String(key))?.cell === runKey(run));
  if (found?.key === undefined || found.key === null) throw new Error("the run is not in the image");
  return found.key;
}

/** Until the cleaner has left so many records of the key. It leaves alone the segment that is written to, so something is written. */
async function untilLeft(count: number, key: Buffer, { log, places }: Scene): Promise<void> {
  for (;;) {
    await log.append(places.image, [{ key: Buffer.from("filler"), value: Buffer.from("x") }]);
    const left = (await stored(log, places.image)).filter((record) => record.key?.equals(key) === true);
    if (left.length === count) return;
    await delay(50);
  }
}

test("what is restored while an owner writes and the cleaner runs is the state of the journal, tombstones and all", async () => {
  await using scene = await openScene();
  const { log, places } = scene;
  const owner = await scene.open(1);
  owner.decide(() => [manifest()]);
  let number = OPEN;
  let isWriting = true;
  const writing = (async () => {
    while (isWriting) {
      for (let n = 0; n < 10; n++) owner.decide(() => busyness(number++));
      await owner.writeImage();
    }
  })();
  const until = performance.now() + WRITING_MS;
  const seen: (number | null)[] = [];
  const reasons: string[] = [];
  while (performance.now() < until) {
    const restored = await scene.look();
    await expectRight(scene, restored);
    seen.push(restored.imageLsn);
    reasons.push(...restored.rejections);
  }
  isWriting = false;
  await writing;
  expect(owner.warnings).toEqual([]);
  // Who reads while it is written may be unlucky now and then.
  expect(reasons.length).toBeLessThan(seen.length / 2);
  expect(new Set(seen).size).toBeGreaterThan(3);
  const written = await log.latestOffset(places.image);
  const left = await stored(log, places.image);
  expect(left.length).toBeLessThan(written / 2);
  expect(left.filter(({ value }) => value === null).length).toBeLessThan(written / 10);
  const successor = await scene.open(2);
  expect([successor.rejections, successor.imageLsn]).toEqual([[], owner.state.lsn]);
  await expectRight(scene, successor);
}, 60_000);

test("a zombie that writes over what counts is found, and the image is whole again, whatever the cleaner took meanwhile", async () => {
  await using scene = await openScene();
  const { log, places } = scene;
  const owner = await scene.open(1);
  owner.decide(() => [manifest(), ...busyness(OPEN)]);
  await owner.writeImage();
  const key = await keyOfRun(scene, nth(OPEN));
  await log.append(places.image, [{ key, value: encodeCell({ epoch: -1, nonce: 7, parts: 1, body: Buffer.from('{"wrong":true}') }) }]);
  // The cleaner takes what is right, and leaves what is wrong: until somebody writes.
  await untilLeft(1, key, scene);
  const unlucky = await scene.look();
  expect([unlucky.rejections.length, unlucky.imageLsn]).toEqual([1, null]);
  await expectRight(scene, unlucky);
  for (let n = 1; n <= 2; n++) {
    owner.decide(() => busyness(OPEN + n));
    await owner.writeImage();
  }
  const lucky = await scene.look();
  expect([lucky.rejections, lucky.imageLsn]).toEqual([[], owner.state.lsn]);
  await expectRight(scene, lucky);
}, 60_000);

test.each([
  ["lacks a cell", null],
  ["has a cell that something else wrote", Buffer.from("something else")],
])("an image that %s is refused with an alarm, and the state is right", async (_, value) => {
  await using scene = await openScene();
  const owner = await scene.open(1);
  owner.decide(() => [manifest(), ...busyness(OPEN)]);
  await owner.writeImage();
  const key = await keyOfRun(scene, nth(OPEN));
  await scene.log.append(scene.places.image, [{ key, value }]);
  await untilLeft(value === null ? 0 : 1, key, scene);
  const restored = await scene.look();
  expect([restored.rejections, restored.imageLsn]).toEqual([[expect.stringMatching(/cells where its trailer says/)], null]);
  await expectRight(scene, restored);
});
