// A long time is looked at in parts, by what sources have of it (R16).
import { expect, test } from "vitest";
import { openEmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import { spansOf } from "../../../../engine/replay/reconcile/spans.ts";

const HOUR = 3_600_000;
const SOURCES = [{ topic: "orders", partitions: 2 }];

test("each part has no more records than are held at a time, and the parts are the whole time in order", async () => {
  let now = 10 * HOUR;
  const log = await openEmbeddedLog({ path: ":memory:", now: () => now });
  await log.createTopics([{ topic: "orders", partitions: 2, settings: {} }]);
  const at: number[] = [];
  for (let n = 0; n < 200; n++) {
    // Busy at some times, and quiet at others.
    now += n % 50 === 0 ? 5 * HOUR : 60_000;
    at.push(now);
    await log.append({ topic: "orders", partition: n % 2 }, [{ key: null, value: Buffer.from("1") }]);
  }
  const whole = { since: 0, until: now + 1 };
  expect(await spansOf(log, SOURCES, whole, 200)).toEqual([whole]);
  const spans = await spansOf(log, SOURCES, whole, 10);
  expect(spans.length).toBeGreaterThan(20);
  for (const { since, until } of spans) expect(at.filter((time) => time >= since && time < until).length).toBeLessThanOrEqual(10);
  expect([spans[0]?.since, ...spans.map(({ until }) => until)]).toEqual([...spans.map(({ since }) => since), whole.until]);
  await log.close();
});

test("what came within a second is one part, however much it is", async () => {
  const log = await openEmbeddedLog({ path: ":memory:", now: () => HOUR });
  await log.createTopics([{ topic: "orders", partitions: 2, settings: {} }]);
  const records = Array.from({ length: 100 }, () => ({ key: null, value: Buffer.from("1") }));
  await log.append({ topic: "orders", partition: 0 }, records);
  const spans = await spansOf(log, SOURCES, { since: 0, until: 2 * HOUR }, 10);
  expect(spans.length).toBeLessThan(50);
  expect(spans.filter(({ since, until }) => since <= HOUR && HOUR < until)).toHaveLength(1);
  await log.close();
});
