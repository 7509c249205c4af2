import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { batchOf, expectRefusal, freshPartition, record, values } from "../topics.ts";

const SIZE = 25;

export function batchesAreAtomic(subject: Subject): void {
  test("no reader ever meets the end of the log inside a batch", async () => {
    const target = await freshPartition(subject.log);
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const reader = subject.log.openReader({ ...target, from: 0 });
    const seen: (string | null)[] = [];
    const reading = (async () => {
      while (seen.length < names.length * SIZE) {
        const { records, highWatermark } = await reader.next();
        expect(highWatermark % SIZE).toBe(0);
        seen.push(...values(records));
      }
    })();
    for (const name of names) await subject.log.append(target, batchOf(SIZE, name));
    await reading;
    reader.close();
    expect(seen).toEqual(
      names.flatMap((name) => values(batchOf(SIZE, name).map((one, offset) => ({ ...one, offset, timestamp: 0, headers: {} })))),
    );
  });

  test("a batch with one record that is refused leaves nothing", async () => {
    const target = await freshPartition(subject.log, { "cleanup.policy": "compact" });
    await expectRefusal(subject.log.append(target, [record("kept?", "key"), record("without a key")]), "LOG_INVALID_RECORD");
    expect(await subject.log.latestOffset(target)).toBe(0);
  });
}
