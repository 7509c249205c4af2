// When a pass over the state is made, what it writes, and what the task may do meanwhile.
import { beforeEach, describe, expect, test } from "vitest";
import { stepKey } from "../../../../engine/core/ids.ts";
import { decodeCell, readRecordKey } from "../../../../engine/journal/cells.ts";
import { runKey, stepCellKey } from "../../../../engine/workflow/image/run-cells.ts";
import { CompactingLog } from "../../../support/compacting-log.ts";
import { FakeClock, turns } from "../../../support/fake-clock.ts";
import { foldedFromZero, IMAGE, ImagedPartition, looksOf } from "../../../support/imaged-partition.ts";
import { manifest, RUN, runId, runQueued, runsStarted, stepCompleted } from "../../../support/records.ts";

const MANY = runId("many steps");
const BRIEF = runId("brief");
let log: CompactingLog;
let clock: FakeClock;
let owner: ImagedPartition;

beforeEach(async () => {
  log = new CompactingLog();
  clock = new FakeClock();
  owner = await ImagedPartition.open(log, clock, 1);
  owner.decide(() => [manifest(), runsStarted(), runsStarted({ id: MANY })]);
  owner.decide(() => Array.from({ length: 12 }, (_, n) => stepCompleted(`s#${n}`, "1", MANY)));
  await owner.writeImage();
});

/** Cells that were written since, tombstones and trailers aside; with ✝ those that are gone. */
async function writtenBy(act: () => Promise<unknown>): Promise<string[]> {
  const before = await log.latestOffset(IMAGE);
  await act();
  return log
    .stored(IMAGE)
    .filter(({ offset, value }) => offset >= before && value !== null)
    .flatMap(({ key, value }) => {
      const place = readRecordKey(String(key));
      if (place === null || value === null || place.cell === "trailer" || place.part > 0) return [];
      return [decodeCell(value).body === null ? `${place.cell} ✝` : place.cell];
    });
}

async function expectRestored(): Promise<void> {
  const restored = await ImagedPartition.restored(log, clock);
  expect([restored.rejections, restored.imageLsn]).toEqual([[], owner.state.lsn]);
  expect(looksOf(restored.state)).toEqual(looksOf(await foldedFromZero(log)));
}

describe("a pass writes", () => {
  test("what changed, and nothing else", async () => {
    owner.decide(() => [stepCompleted("a")]);
    expect(await writtenBy(() => owner.writeImage())).toEqual(["task/partition", runKey(RUN)]);
    await expectRestored();
  });

  test("of a run with many steps its head and the steps that changed", async () => {
    owner.decide(() => [stepCompleted("s#3", "2", MANY), stepCompleted("s#12", "3", MANY)]);
    const cells = [runKey(MANY), stepCellKey(MANY, stepKey("s", 3)), stepCellKey(MANY, stepKey("s", 12))];
    expect(await writtenBy(() => owner.writeImage())).toEqual(["task/partition", ...cells]);
    await expectRestored();
  });

  test("that a run is gone, with all its steps", async () => {
    owner.decide(() => [{ type: "RunCompleted", run: MANY, output: null }]);
    const steps = Array.from({ length: 12 }, (_, n) => `${stepCellKey(MANY, stepKey("s", n))} ✝`);
    expect(await writtenBy(() => owner.writeImage())).toEqual([`${runKey(MANY)} ✝`, ...steps, "task/partition"]);
    await expectRestored();
  });

  test("nothing of a run that came and went since the last", async () => {
    owner.decide(() => [runsStarted({ id: BRIEF }), stepCompleted("a", "1", BRIEF)]);
    owner.decide(() => [{ type: "RunCompleted", run: BRIEF, output: null }]);
    expect(await writtenBy(() => owner.writeImage())).toEqual(["task/partition"]);
    await expectRestored();
  });

  test("of queued runs those whose numbers are near that of one that came or went", async () => {
    owner.decide(() => Array.from({ length: 250 }, (_, n) => runQueued(runId(`queued ${n}`))));
    expect(await writtenBy(() => owner.writeImage())).toEqual(["task/partition", "task/flow", "flow/rows/0", "flow/rows/1", "flow/rows/2"]);
    owner.decide(() => [{ type: "RunUnqueued", run: runId("queued 150"), reason: null }]);
    expect(await writtenBy(() => owner.writeImage())).toEqual(["task/partition", "flow/rows/1"]);
    owner.decide(() => Array.from({ length: 100 }, (_, n) => ({ type: "RunUnqueued", run: runId(`queued ${n}`), reason: null })));
    expect(await writtenBy(() => owner.writeImage())).toEqual(["task/partition", "flow/rows/0 ✝"]);
    await expectRestored();
  });

  test("a large cell in several records", async () => {
    owner.decide(() => [stepCompleted("a", JSON.stringify("é".repeat(2_000)))]);
    await owner.writeImage();
    const parts = log
      .stored(IMAGE)
      .filter(({ key, value }) => value !== null && String(key).startsWith(`${runKey(RUN)}@${owner.state.lsn}.`));
    expect(parts.length).toBeGreaterThan(10);
    await expectRestored();
  });
});

describe("while a pass is under way", () => {
  test("a run leaves its line, and the image has it there still", async () => {
    owner.decide(() => Array.from({ length: 250 }, (_, n) => runQueued(runId(`queued ${n}`))));
    owner.decide(() => [{ type: "CellSet", key: "rate/f/s:a/b", kind: "rate", until: 1, numbers: [1], text: null }]);
    await owner.flush();
    const { lsn } = owner.state;
    const written = owner.keeper.refresh(60_000);
    owner.decide(() => [{ type: "RunUnqueued", run: runId("queued 240"), reason: null }]);
    owner.decide(() => [{ type: "CellsForgotten", keys: ["rate/f/s:a/b"] }, runQueued(runId("queued 250"))]);
    await owner.flush();
    await written;
    const restored = await ImagedPartition.restored(log, clock);
    expect([restored.rejections, restored.imageLsn]).toEqual([[], lsn]);
    expect(looksOf(restored.state)).toEqual(looksOf(await foldedFromZero(log)));
    await owner.writeImage();
    await expectRestored();
  });

  test("the task goes on, and the image is of the frame at which the pass began", async () => {
    owner.decide(() => [stepCompleted("a"), stepCompleted("s#0", "before", MANY)]);
    await owner.flush();
    const { promise, resolve } = Promise.withResolvers<void>();
    log.onAppend = async ({ topic }) => {
      if (topic === IMAGE.topic) await promise;
      return { kind: "well" };
    };
    const { lsn } = owner.state;
    const written = owner.keeper.refresh(60_000);
    owner.decide(() => [stepCompleted("b"), stepCompleted("s#0", "after", MANY), { type: "RunCompleted", run: RUN, output: null }]);
    await owner.flush();
    resolve();
    await written;
    const restored = await ImagedPartition.restored(log, clock);
    expect([restored.rejections, restored.imageLsn]).toEqual([[], lsn]);
    expect(looksOf(restored.state)).toEqual(looksOf(await foldedFromZero(log)));
    await owner.writeImage();
    await expectRestored();
  });

  test("nothing is written before its frame is acknowledged", async () => {
    owner.decide(() => [stepCompleted("a")]);
    const before = await log.latestOffset(IMAGE);
    const written = owner.keeper.refresh(60_000);
    await turns(20);
    expect(await log.latestOffset(IMAGE)).toBe(before);
    await owner.flush();
    await written;
    await expectRestored();
  });

  test("who wants the image up to date waits as long as it said, and no longer", async () => {
    owner.decide(() => [stepCompleted("a")]);
    let isOver = false;
    void owner.keeper.refresh(200).then(() => (isOver = true));
    await clock.advance(199);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
  });
});

describe("a pass is due", () => {
  const isMadeAfter = async (ms: number, bytes: number): Promise<boolean> => {
    const before = await log.latestOffset(IMAGE);
    owner.decide(() => [stepCompleted("a", JSON.stringify("x".repeat(bytes)))]);
    await owner.flush();
    await clock.advance(ms);
    owner.keeper.tick();
    await turns(20);
    return (await log.latestOffset(IMAGE)) > before;
  };

  test("when something was decided, and 30 seconds have passed", async () => {
    expect(await isMadeAfter(29_900, 10)).toBe(false);
    expect(await isMadeAfter(100, 10)).toBe(true);
  });

  test("after 4 MiB of journal, but not sooner than 5 seconds after the one before", async () => {
    expect(await isMadeAfter(4_900, 4 * 1024 * 1024)).toBe(false);
    expect(await isMadeAfter(100, 10)).toBe(true);
  });

  test("five seconds after the partition was claimed, since an owner may die young", async () => {
    owner.die();
    owner = await ImagedPartition.open(log, clock, 2);
    expect(await isMadeAfter(4_900, 10)).toBe(false);
    expect(await isMadeAfter(100, 10)).toBe(true);
  });

  test("never where nothing was decided", async () => {
    const before = await log.latestOffset(IMAGE);
    await clock.advance(600_000);
    owner.keeper.tick();
    await turns(20);
    expect(await log.latestOffset(IMAGE)).toBe(before);
  });
});
