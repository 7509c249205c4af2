import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { batchOf, drain, freshPartition, record, values } from "../topics.ts";

export function readersStartAnywhere(subject: Subject): void {
  test("from the middle of a batch, a reader gives that batch's rest", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, batchOf(5, "a"));
    await subject.log.append(target, batchOf(2, "b"));
    const { records } = await drain(subject.log.openReader({ ...target, from: 3 }));
    expect(records.map(({ offset }) => offset)).toEqual([3, 4, 5, 6]);
    expect(values(records)).toEqual(["a 3", "a 4", "b 0", "b 1"]);
  });

  test.for(["follow", "bulk"] as const)(
    "in mode %s a reader comes to the end, and each batch goes on where the last one stopped",
    async (mode) => {
      const target = await freshPartition(subject.log);
      const filling = "x".repeat(1_000); // more than an adapter would keep in memory
      for (let n = 0; n < 30; n++) await subject.log.append(target, batchOf(40, `batch${n} ${filling}`));
      const { records, batches } = await drain(subject.log.openReader({ ...target, from: 0, mode, maxBufferedBytes: 100_000 }));
      expect(records.map(({ offset }) => offset)).toEqual([...Array(1200).keys()]);
      let position = 0;
      for (const batch of batches) {
        expect(batch.records[0]?.offset ?? position).toBe(position);
        expect(batch.highWatermark).toBe(1200);
        position = batch.nextOffset;
      }
      expect(position).toBe(1200);
    },
  );

  test("a record larger than the reader's buffer is read all the same", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, [record("x".repeat(50_000))]);
    await subject.log.append(target, [record("small")]);
    const { records } = await drain(subject.log.openReader({ ...target, from: 0, maxBufferedBytes: 1_000 }));
    expect(records.map(({ value }) => value?.length)).toEqual([50_000, 5]);
  });
}
