import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { batchOf, freshPartition, freshTopic, readAll, record, values } from "../topics.ts";

export function appendsAreContiguous(subject: Subject): void {
  test("each append begins where the last one ended, from offset 0", async () => {
    const target = await freshPartition(subject.log);
    const bases: number[] = [];
    for (const size of [1, 3, 1, 7]) bases.push((await subject.log.append(target, batchOf(size, "r"))).baseOffset);
    expect(bases).toEqual([0, 1, 4, 5]);
    expect(await subject.log.latestOffset(target)).toBe(12);
    expect((await readAll(subject.log, target)).map(({ offset }) => offset)).toEqual([...Array(12).keys()]);
  });

  test("appends to many partitions at once don't mix", async () => {
    const partitions = [...Array(8).keys()];
    const topic = await freshTopic(subject.log, { partitions: 8 });
    await Promise.all(
      partitions.map(async (partition) => {
        for (let n = 0; n < 20; n++) {
          const { baseOffset } = await subject.log.append({ topic, partition }, [record(`${partition}: ${n}`)]);
          expect(baseOffset).toBe(n);
        }
      }),
    );
    for (const partition of partitions) {
      const stored = await readAll(subject.log, { topic, partition });
      expect(values(stored)).toEqual([...Array(20).keys()].map((n) => `${partition}: ${n}`));
    }
  });

  test("appends to one partition at once stand one after the other, whole", async () => {
    const target = await freshPartition(subject.log);
    const names = [...Array(10).keys()].map((n) => `batch${n}`);
    const appended = await Promise.all(names.map((name) => subject.log.append(target, batchOf(3, name))));
    const stored = values(await readAll(subject.log, target));
    expect(stored).toHaveLength(30);
    appended.forEach(({ baseOffset }, n) => {
      expect(stored.slice(baseOffset, baseOffset + 3)).toEqual([`batch${n} 0`, `batch${n} 1`, `batch${n} 2`]);
    });
  });
}
