import { describe, expect, test } from "vitest";
import { openEmbeddedLog, type EmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import { until } from "../../../support/fake-clock.ts";

const TARGET = { topic: "t", partition: 0 };

async function openTopic(settings: Readonly<Record<string, string>>): Promise<EmbeddedLog> {
  const log = await openEmbeddedLog({ path: ":memory:" });
  await log.createTopics([{ topic: TARGET.topic, partitions: 1, settings }]);
  return log;
}

async function append(log: EmbeddedLog, batches: number): Promise<void> {
  for (let n = 0; n < batches; n++) {
    await log.append(
      TARGET,
      Array.from({ length: 500 }, (_, key) => ({ key: Buffer.from(`k${key % 10}`), value: Buffer.from(`${n}`) })),
    );
  }
}

async function stored(log: EmbeddedLog): Promise<number> {
  const reader = log.openReader({ ...TARGET, from: 0, mode: "bulk" });
  let count = 0;
  for (let next = 0; next < (await log.latestOffset(TARGET));) {
    const batch = await reader.next();
    count += batch.records.length;
    next = batch.nextOffset;
  }
  reader.close();
  return count;
}

describe("records that were replaced", () => {
  test("do not pile up in a compacted topic", async () => {
    const log = await openTopic({ "cleanup.policy": "compact" });
    await append(log, 20);
    await append(log, 1);
    await until("the cleaner was there", async () => (await stored(log)) <= 1_100);
    expect(await log.latestOffset(TARGET)).toBe(10_500);
    await log.close();
  });

  test("stay in any other", async () => {
    const log = await openTopic({});
    await append(log, 30);
    expect(await stored(log)).toBe(15_000);
    await log.close();
  });
});

test("a log that is closed while it is cleaned closes", async () => {
  const log = await openTopic({ "cleanup.policy": "compact" });
  await append(log, 20);
  void append(log, 1).catch(() => {});
  await log.close();
  await expect(log.latestOffset(TARGET)).rejects.toMatchObject({ code: "LOG_CLOSED" });
});
