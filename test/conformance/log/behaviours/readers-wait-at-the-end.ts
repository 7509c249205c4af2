import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { batchOf, freshPartition, take } from "../topics.ts";

export function readersWaitAtTheEnd(subject: Subject): void {
  test("at the end, next gives an empty batch about every 250 ms, and doesn't spin", async () => {
    const target = await freshPartition(subject.log);
    await subject.log.append(target, batchOf(2, "r"));
    const reader = subject.log.openReader({ ...target, from: 0 });
    await take(reader, 2);
    const began = performance.now();
    for (let n = 0; n < 4; n++) {
      expect(await reader.next()).toEqual({ records: [], nextOffset: 2, highWatermark: 2, timestampType: "append" });
    }
    const took = performance.now() - began;
    expect(took).toBeGreaterThan(3 * 150);
    expect(took).toBeLessThan(4 * 1_000);
    reader.close();
  });

  test("a new topic's reader waits too", async () => {
    const target = await freshPartition(subject.log);
    const reader = subject.log.openReader({ ...target, from: 0 });
    expect(await reader.next()).toMatchObject({ records: [], nextOffset: 0, highWatermark: 0 });
    reader.close();
  });
}
