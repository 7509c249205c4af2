import { expect, test } from "vitest";
import type { Log, TopicPartition } from "../../../../engine/log/log.ts";
import type { Subject } from "../subject.ts";
import { drain, expectRefusal, freshPartition, record } from "../topics.ts";

export function compaction(subject: Subject): void {
  const { compact } = subject;

  test("a compacted topic refuses records without a key", async () => {
    const target = await freshPartition(subject.log, { "cleanup.policy": "compact" });
    await expectRefusal(subject.log.append(target, [record("value")]), "LOG_INVALID_RECORD");
  });

  if (compact === undefined) return;

  test("the newest record of each key stays at its offset, tombstones go, and readers pass over the gaps", async () => {
    const target = await freshPartition(subject.log, { "cleanup.policy": "compact" });
    await subject.log.append(target, [record("1", "a"), record("1", "b"), record("1", "c")]);
    await subject.log.append(target, [record("2", "a")]);
    await subject.log.append(target, [record(null, "b"), record("2", "c")]);
    await subject.log.append(target, [record(null, "c")]);
    await compact(subject.log, target.topic);
    expect(await keysAndOffsets(subject.log, target)).toEqual(["a=2 @3"]);
    expect([await subject.log.earliestOffset(target), await subject.log.latestOffset(target)]).toEqual([0, 7]);
    expect((await subject.log.append(target, [record("3", "c")])).baseOffset).toBe(7);
    expect(await keysAndOffsets(subject.log, target)).toEqual(["a=2 @3", "c=3 @7"]);
  });

  test("a partition of which nothing is left is read to its end", async () => {
    const target = await freshPartition(subject.log, { "cleanup.policy": "compact" });
    await subject.log.append(target, [record("1", "a")]);
    await subject.log.append(target, [record(null, "a")]);
    await compact(subject.log, target.topic);
    const { batches } = await drain(subject.log.openReader({ ...target, from: 0 }));
    expect(batches).toEqual([{ records: [], nextOffset: 2, highWatermark: 2, timestampType: "append" }]);
  });
}

async function keysAndOffsets(log: Log, target: TopicPartition): Promise<string[]> {
  const { records } = await drain(log.openReader({ ...target, from: 0 }));
  return records.map(({ key, value, offset }) => `${key?.toString()}=${value?.toString()} @${offset}`);
}
