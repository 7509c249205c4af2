import { expect, test } from "vitest";
import type { Log, TopicPartition } from "../../../../engine/log/log.ts";
import type { Subject } from "../subject.ts";
import { drain, expectRefusal, FILLER, freshPartition, record } from "../topics.ts";

/** Kafka compacts in the background, and never the segment that it writes to: these make it soon, and segments short. */
const COMPACTED_SOON = {
  "cleanup.policy": "compact",
  "segment.ms": "50",
  "min.cleanable.dirty.ratio": "0.001",
  "min.compaction.lag.ms": "0",
  "delete.retention.ms": "0",
};

export function compaction(subject: Subject): void {
  test("a compacted topic refuses records without a key", async () => {
    const target = await freshPartition(subject.log, { "cleanup.policy": "compact" });
    await expectRefusal(subject.log.append(target, [record("value")]), "LOG_INVALID_RECORD");
  });

  test("the newest record of each key stays at its offset, tombstones go, and readers pass over the gaps", async () => {
    const target = await freshPartition(subject.log, COMPACTED_SOON);
    await subject.log.append(target, [record("1", "a"), record("1", "b"), record("1", "c")]);
    await subject.log.append(target, [record("2", "a")]);
    await subject.log.append(target, [record(null, "b"), record("2", "c")]);
    await subject.log.append(target, [record(null, "c"), record("1", "d")]);
    await subject.compact(target);
    for (const mode of ["follow", "bulk"] as const) {
      expect(await keysAndOffsets(subject.log, target, 0, mode)).toEqual(["a=2 @3", "d=1 @7"]);
      expect(await keysAndOffsets(subject.log, target, 4, mode)).toEqual(["d=1 @7"]);
    }
    expect(await subject.log.earliestOffset(target)).toBe(0);
    const { baseOffset } = await subject.log.append(target, [record("3", "c")]);
    expect(baseOffset).toBeGreaterThanOrEqual(8);
    expect(await keysAndOffsets(subject.log, target, 0, "bulk")).toEqual(["a=2 @3", "d=1 @7", `c=3 @${baseOffset}`]);
  });

  test("a reader comes to the end where nothing is left before it", async () => {
    const target = await freshPartition(subject.log, COMPACTED_SOON);
    for (let n = 0; n < 10; n++) await subject.log.append(target, [record(String(n), "a")]);
    await subject.log.append(target, [record(null, "a")]);
    await subject.compact(target);
    expect(await keysAndOffsets(subject.log, target, 0, "follow")).toEqual([]);
    expect(await keysAndOffsets(subject.log, target, 0, "bulk")).toEqual([]);
  });

  test("records that were compacted away can still be read by offsets around them, and by time", async () => {
    const target = await freshPartition(subject.log, COMPACTED_SOON);
    await subject.log.append(target, [record("1", "a"), record("1", "b")]);
    await subject.log.append(target, [record("2", "a")]);
    await subject.compact(target);
    expect(await keysAndOffsets(subject.log, target, await subject.log.offsetForTime(target, 0), "follow")).toEqual(["b=1 @1", "a=2 @2"]);
  });
}

async function keysAndOffsets(log: Log, target: TopicPartition, from: number, mode: "follow" | "bulk"): Promise<string[]> {
  const { records } = await drain(log.openReader({ ...target, from, mode }));
  return records
    .filter(({ key }) => key?.toString() !== FILLER)
    .map(({ key, value, offset }) => `${key?.toString()}=${value?.toString()} @${offset}`);
}
