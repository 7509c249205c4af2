import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { batchOf, freshPartition, readAll } from "../topics.ts";

export function appendTimes(subject: Subject): void {
  test("the log stamps a batch when it takes it, and says when that was", async () => {
    const target = await freshPartition(subject.log);
    const before = Date.now();
    const { appendTime } = await subject.log.append(target, batchOf(3, "r"));
    expect(appendTime).toBeGreaterThanOrEqual(before - 5_000); // the brokers' clock is not ours
    expect(appendTime).toBeLessThanOrEqual(Date.now() + 5_000);
    expect((await readAll(subject.log, target)).map(({ timestamp }) => timestamp)).toEqual([appendTime, appendTime, appendTime]);
  });

  test("times of a partition never go back", async () => {
    const target = await freshPartition(subject.log);
    for (let n = 0; n < 20; n++) await subject.log.append(target, batchOf(1, `r${n}`));
    const times = (await readAll(subject.log, target)).map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("a batch read says that the log stamped it", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, batchOf(1, "r"));
    const reader = subject.log.openReader({ ...target, from: 0 });
    expect((await reader.next()).timestampType).toBe("append");
    reader.close();
  });
}
