// Where a backfill's range lies in a topic that has forgotten some of it, and what is read there.
import { afterEach, beforeEach, expect, test } from "vitest";
import { locate, pastRecords } from "../../../engine/task/backfill/past-records.ts";
import { OffsetSet } from "../../../engine/task/backfill/offset-set.ts";
import { FakeClock, T0 } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const TARGET = { topic: "events", partition: 0 };
const ALL = { seam: 10, since: null, until: null };
let clock: FakeClock;
let log: SimulatedLog;

/** A record a second. */
beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  await log.createTopics([{ topic: "events", partitions: 1, settings: {} }]);
  for (let n = 0; n < 10; n++) {
    await log.append(TARGET, [{ key: null, value: Buffer.from(String(n)) }]);
    await clock.advance(1_000);
  }
});

afterEach(() => log.close());

test("from the beginning to the seam; what is gone in front of it is counted (R11)", async () => {
  expect(await locate(log, TARGET, ALL)).toEqual({ from: 0, to: 10, missing: 0, isCut: false });
  await log.trim(TARGET, 4);
  expect(await locate(log, TARGET, ALL)).toEqual({ from: 4, to: 10, missing: 4, isCut: false });
  expect(await locate(log, TARGET, { ...ALL, seam: 3 })).toEqual({ from: 3, to: 3, missing: 3, isCut: false });
});

test("between two times; that a topic begins behind the first is said, and no number is made up (R11)", async () => {
  const times = { seam: 10, since: T0 + 2_000, until: T0 + 7_000 };
  expect(await locate(log, TARGET, times)).toEqual({ from: 2, to: 7, missing: 0, isCut: false });
  expect(await locate(log, TARGET, { ...times, seam: 5 })).toEqual({ from: 2, to: 5, missing: 0, isCut: false });
  await log.trim(TARGET, 4);
  expect(await locate(log, TARGET, times)).toEqual({ from: 4, to: 7, missing: 0, isCut: true });
});

test("a range is read to its end, whatever was deleted before, and while it is read", async () => {
  await log.trim(TARGET, 2);
  const seen: number[] = [];
  let missing = 0;
  let next = 0;
  for await (const past of pastRecords(log, { ...TARGET, from: 0, to: 8 }, new AbortController().signal)) {
    seen.push(...past.records.map(({ offset }) => offset));
    missing += past.missing;
    next = past.next;
  }
  expect({ seen, missing, next }).toEqual({ seen: [2, 3, 4, 5, 6, 7], missing: 2, next: 8 });
});

test("of a topic that lost its end, or is gone, the rest is missing", async () => {
  const read = async (): Promise<number> => {
    let missing = 0;
    for await (const past of pastRecords(log, { ...TARGET, from: 0, to: 12 }, new AbortController().signal)) missing += past.missing;
    return missing;
  };
  expect(await read()).toBe(2);
  log.forget("events");
  expect(await read()).toBe(12);
  expect(await locate(log, TARGET, ALL)).toEqual({ from: 0, to: 10, missing: 0, isCut: false });
});

test("a set of offsets has those that were added, and no others", () => {
  const set = new OffsetSet();
  const added = [0, 1, 31, 32, 8_191, 8_192, 100_000, 2 ** 40];
  for (const offset of added) set.add(offset);
  for (const offset of added) expect(set.has(offset)).toBe(true);
  for (const offset of [2, 30, 33, 8_190, 8_193, 99_999, 2 ** 40 + 1]) expect(set.has(offset)).toBe(false);
});
