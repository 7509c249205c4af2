import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { batchOf, freshPartition } from "../topics.ts";

export function earliestAndLatest(subject: Subject): void {
  test("an empty partition begins and ends at 0", async () => {
    const target = await freshPartition(subject.log);
    expect([await subject.log.earliestOffset(target), await subject.log.latestOffset(target)]).toEqual([0, 0]);
  });

  test("the latest offset is the one after the last record, as soon as an append resolved", async () => {
    const target = await freshPartition(subject.log);
    for (let n = 1; n <= 10; n++) {
      await subject.log.append(target, batchOf(2, "r"));
      expect(await subject.log.latestOffset(target)).toBe(2 * n);
    }
    expect(await subject.log.earliestOffset(target)).toBe(0);
  });
}
