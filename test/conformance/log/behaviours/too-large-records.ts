import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { Subject } from "../subject.ts";
import { expectRefusal, freshPartition, record } from "../topics.ts";

export function tooLargeRecords(subject: Subject): void {
  test("a batch over the topic's max.message.bytes is refused whole, and the partition goes on", async () => {
    const target = await freshPartition(subject.log, { "max.message.bytes": "50000" });
    const tooLarge = { key: null, value: randomBytes(60_000) }; // random, so that no compression makes it fit
    await expectRefusal(subject.log.append(target, [record("small"), tooLarge]), "LOG_RECORD_TOO_LARGE");
    expect((await subject.log.append(target, [record("small")])).baseOffset).toBe(0);
  });

  test("a batch over the log's own maxBatchBytes is refused", async () => {
    const target = await freshPartition(subject.log, { "max.message.bytes": String(2 ** 30) });
    const value = Buffer.alloc(Math.ceil(subject.log.maxBatchBytes / 2) + 1);
    await expectRefusal(
      subject.log.append(target, [
        { key: null, value },
        { key: null, value },
      ]),
      "LOG_RECORD_TOO_LARGE",
    );
    expect(await subject.log.latestOffset(target)).toBe(0);
  });

  test("an append without records is refused", async () => {
    const target = await freshPartition(subject.log);
    await expectRefusal(subject.log.append(target, []), "LOG_INVALID_RECORD");
  });
}
