import { expect, test } from "vitest";
import type { Log, TopicPartition } from "../../../../engine/log/log.ts";
import type { Subject } from "../subject.ts";
import { batchOf, freshPartition } from "../topics.ts";

export function offsetForTime(subject: Subject): void {
  test("gives the first record appended at or after a time", async () => {
    const target = await freshPartition(subject.log);
    const times = await appendAtDistinctTimes(subject.log, target, 6);
    for (const [n, time] of times.entries()) expect(await subject.log.offsetForTime(target, time)).toBe(2 * n);
    for (const [n, time] of times.entries()) expect(await subject.log.offsetForTime(target, time + 1)).toBe(2 * n + 2);
    expect(await subject.log.offsetForTime(target, 0)).toBe(0);
  });

  test("gives the end where every record is older", async () => {
    const target = await freshPartition(subject.log);
    expect(await subject.log.offsetForTime(target, 0)).toBe(0);
    await subject.log.append(target, batchOf(3, "r"));
    expect(await subject.log.offsetForTime(target, Date.now() + 3_600_000)).toBe(3);
  });

  test("never gives an offset below the start", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, batchOf(3, "r"));
    await subject.log.trim(target, 2);
    expect(await subject.log.offsetForTime(target, 0)).toBe(2);
  });
}

/** Two records each time, and the log's clock moves on by a millisecond at least in between. */
async function appendAtDistinctTimes(log: Log, target: TopicPartition, count: number): Promise<number[]> {
  const times: number[] = [];
  while (times.length < count) {
    const { appendTime } = await log.append(target, batchOf(2, "r"));
    times.push(appendTime ?? 0);
    const from = Date.now();
    while (Date.now() < from + 2) await new Promise(setImmediate);
  }
  return times;
}
