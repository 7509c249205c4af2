import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { freshPartition, freshTopic, record, take, values } from "../topics.ts";

const SOON_MS = 100;

export function readersFollowTheEnd(subject: Subject): void {
  test("a reader that waits is woken by an append", async () => {
    const target = await freshPartition(subject.log);
    const reader = subject.log.openReader({ ...target, from: 0 });
    const lags: number[] = [];
    for (let n = 0; n < 20; n++) {
      const woken = take(reader, 1).then((records) => ({ records, at: performance.now() }));
      await subject.log.append(target, [record(`r${n}`)]);
      const acknowledged = performance.now();
      const { records, at } = await woken;
      expect(values(records)).toEqual([`r${n}`]);
      lags.push(at - acknowledged);
    }
    reader.close();
    const median = lags.toSorted((a, b) => a - b)[10];
    expect(median).toBeLessThan(SOON_MS);
  });

  test("readers of many partitions each see their own", async () => {
    const topic = await freshTopic(subject.log, { partitions: 8 });
    const partitions = [...Array(8).keys()];
    const readers = partitions.map((partition) => subject.log.openReader({ topic, partition, from: 0 }));
    const reading = Promise.all(readers.map((reader) => take(reader, 3)));
    for (let n = 0; n < 3; n++) {
      await Promise.all(partitions.map((partition) => subject.log.append({ topic, partition }, [record(`${partition}: ${n}`)])));
    }
    expect((await reading).map(values)).toEqual(partitions.map((partition) => [`${partition}: 0`, `${partition}: 1`, `${partition}: 2`]));
    for (const reader of readers) reader.close();
  });

  test("two readers of one partition don't disturb each other", async () => {
    const target = await freshPartition(subject.log);
    for (let n = 0; n < 5; n++) await subject.log.append(target, [record(`r${n}`)]);
    const [first, second] = [subject.log.openReader({ ...target, from: 0 }), subject.log.openReader({ ...target, from: 3 })];
    expect(values(await take(second, 2))).toEqual(["r3", "r4"]);
    expect(values(await take(first, 5))).toEqual(["r0", "r1", "r2", "r3", "r4"]);
    const both = Promise.all([take(first, 1), take(second, 1)]);
    await subject.log.append(target, [record("r5")]);
    expect((await both).map(values)).toEqual([["r5"], ["r5"]]);
    first.close();
    second.close();
  });
}
