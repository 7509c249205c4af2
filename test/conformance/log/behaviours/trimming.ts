import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { batchOf, expectRefusal, freshPartition, readAll, record, values } from "../topics.ts";

export function trimming(subject: Subject): void {
  test("the log begins at the offset trimmed to, even inside a batch", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, batchOf(4, "a"));
    await subject.log.append(target, batchOf(2, "b"));
    await subject.log.trim(target, 3);
    expect(await subject.log.earliestOffset(target)).toBe(3);
    expect(values(await readAll(subject.log, target))).toEqual(["a 3", "b 0", "b 1"]);
  });

  test("a log trimmed to its end is empty, and goes on with the same offsets", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, batchOf(4, "a"));
    await subject.log.trim(target, 4);
    expect([await subject.log.earliestOffset(target), await subject.log.latestOffset(target)]).toEqual([4, 4]);
    expect((await subject.log.append(target, [record("next")])).baseOffset).toBe(4);
    expect(values(await readAll(subject.log, target))).toEqual(["next"]);
  });

  test("trimming below the start changes nothing", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, batchOf(4, "a"));
    await subject.log.trim(target, 3);
    await subject.log.trim(target, 1);
    expect(await subject.log.earliestOffset(target)).toBe(3);
  });

  test("trimming past the end is refused", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, batchOf(4, "a"));
    await expectRefusal(subject.log.trim(target, 5), "LOG_OFFSET_OUT_OF_RANGE");
    expect(await subject.log.earliestOffset(target)).toBe(0);
  });
}
