// What the server reads of journals, without folding them, is what the fold says (R1, R3).
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeFrame } from "../../../engine/journal/frame-formats.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { loadImage } from "../../../engine/task/image/load-image.ts";
import { must } from "../../../engine/core/errors.ts";
import { isOver } from "../../../engine/workflow/backfill/state.ts";
import { Standing, type PartitionStanding } from "../../../server/partitions/standing.ts";
import { AppBench, JOURNAL, PARTITIONS, STATE } from "../../support/app-bench.ts";
import { until } from "../../support/fake-clock.ts";

const TOPICS = appTopics("app");
const { signal } = new AbortController();
let bench: AppBench;

beforeEach(async () => {
  bench = await AppBench.open();
});

afterEach(async () => {
  await bench.close();
});

async function expectFold(standing: readonly PartitionStanding[]): Promise<void> {
  for (const one of standing) {
    const state = await bench.rebuild(one.partition);
    const { owner, lsn, time, sources } = state;
    expect(one).toMatchObject({ worker: owner?.worker, epoch: owner?.epoch, lsn, at: time, problem: null });
    const positions = new Map(one.positions.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
    // An inbox that nobody wrote to has no input, and is no source of anybody's.
    for (const [key, { next }] of sources) if (next > 0) expect(positions.get(key)).toBe(next);
    expect(one.next).toBe(await bench.log.latestOffset({ topic: JOURNAL, partition: one.partition }));
  }
}

function fresh(): Standing {
  return new Standing({ log: bench.log, topics: TOPICS, partitions: PARTITIONS });
}

test("owner, number, time and positions are those of the fold, from the journal's start and from an image on, whoever owned it", async () => {
  const first = bench.app(bench.noting);
  await bench.passing(first.start());
  await bench.send(first, 12);
  await until("all ran", () => bench.executed.length === 12);
  await bench.passing(first.stop());
  const followed = fresh();
  await expectFold(await followed.look());

  const second = bench.app(bench.noting);
  await bench.passing(second.start());
  await bench.send(second, 12);
  await until("all ran", () => bench.executed.length === 24);
  // Images are written.
  for (let n = 0; n < 100; n++) await bench.clock.advance(1_000);
  await bench.passing(second.pause("f", { events: "skip" }));
  await until("all are paused", async () =>
    (await Promise.all([0, 1, 2].map((p) => bench.rebuild(p)))).every(({ flow }) => flow.cells.size > 0),
  );
  await bench.passing(second.stop());
  const anew = await fresh().look();
  await expectFold(anew);
  expect(anew.map(({ pauses }) => pauses.get("f"))).toEqual(["skip", "skip", "skip"]);
  expect(await later(followed)).toEqual(anew.map((one) => ({ ...one, digest: null })));
});

test("a journal that was trimmed behind what was read, while nobody looked, is gone on with from its image", async () => {
  const first = bench.app(bench.noting);
  await bench.passing(first.start());
  const followed = fresh();
  await followed.look();
  await bench.send(first, 12);
  await until("all ran", () => bench.executed.length === 12);
  // Images are written.
  for (let n = 0; n < 100; n++) await bench.clock.advance(1_000);
  await bench.passing(first.stop());
  const whole = await fresh().look();
  await expectFold(whole);
  for (const partition of whole.keys()) {
    const image = await loadImage({ log: bench.log, target: { topic: STATE, partition }, partitions: PARTITIONS, signal });
    await bench.log.trim({ topic: JOURNAL, partition }, image.kind === "loaded" ? image.trailer.offset : 0);
  }
  expect(await later(followed)).toEqual(whole);
});

test("backfills are those of the fold, from the journal's start and from an image on", async () => {
  const first = bench.app(bench.noting);
  await bench.passing(first.start());
  await bench.send(first, 12);
  await until("all ran", () => bench.executed.length === 12);
  await bench.passing(first.stop());
  const second = bench.app(bench.noting, { functionId: "late" });
  await bench.passing(second.start());
  const followed = fresh();
  await followed.look();
  await bench.passing(second.backfill("late", { id: "b1" }));
  await until("the past ran", () => bench.executed.length === 24);
  // Images are written.
  for (let n = 0; n < 100; n++) await bench.clock.advance(1_000);
  await bench.passing((await bench.passing(second.backfill("late", { id: "b2" }))).cancel());
  await until("all of it is over", async () => {
    const rebuilt = await Promise.all([0, 1, 2].map((partition) => bench.rebuild(partition)));
    return rebuilt.every(({ backfills }) => ["b1", "b2"].every((id) => isOver(backfills.get(id) ?? { status: "running" })));
  });
  await bench.passing(second.stop());
  for (const standing of [await fresh().look(), await later(followed)]) {
    for (const { partition, backfills } of standing) {
      // The number of the frame is of use to those who go through the past, and to nobody else.
      const fold = (await bench.rebuild(partition)).backfills;
      expect([...backfills.values()].map((one) => ({ ...one, lsn: 0 }))).toEqual([...fold.values()].map((one) => ({ ...one, lsn: 0 })));
    }
    expect(standing.reduce((sum, { backfills }) => sum + (backfills.get("b1")?.ranges[0]?.started ?? 0), 0)).toBe(12);
  }
});

test("R3: frames of an owner that was replaced, and a claim that comes too late, say nothing", async () => {
  const first = bench.app(bench.noting);
  await bench.passing(first.start());
  await bench.passing(first.stop());
  const journal = { topic: JOURNAL, partition: 0 };
  const { epoch, lsn } = must((await fresh().look())[0], "partition 0");
  const zombie = { epoch: must(epoch, "an epoch") - 1, nonce: 1, lsn: lsn + 1, time: 1, inputs: [], records: [] };
  await bench.log.append(journal, [{ key: null, value: encodeFrame(zombie) }]);
  await expectFold(await fresh().look());
  expect((await fresh().look())[0]).toMatchObject({ epoch, lsn });
});

test("entries that cannot be read are told, or passed over, and end nothing", async () => {
  const first = bench.app(bench.noting);
  await bench.passing(first.start());
  await bench.passing(first.stop());
  await bench.log.append({ topic: JOURNAL, partition: 1 }, [{ key: null, value: Buffer.from("nobody's") }]);
  const [whole, damaged] = await fresh().look();
  expect(whole?.problem).toBeNull();
  // What comes after it may be of another owner.
  expect(damaged?.epoch).toBeNull();
});

/** What it knows of half a second ago counts no more. */
async function later(standing: Standing): Promise<readonly PartitionStanding[]> {
  for (;;) {
    const seen = await standing.look();
    const ends = await Promise.all(seen.map(({ partition }) => bench.log.latestOffset({ topic: JOURNAL, partition })));
    if (seen.every(({ next }, partition) => next === ends[partition])) return seen;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
