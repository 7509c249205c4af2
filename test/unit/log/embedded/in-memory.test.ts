import { afterEach, expect, test, vi } from "vitest";
import { openEmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";

const target = { topic: "t", partition: 0 };
const topics = [{ topic: "t", partitions: 1, settings: {} }];

afterEach(() => {
  vi.useRealTimers();
});

test("appends are stamped by the clock given, and what reads them sees its times", async () => {
  let now = 1_000;
  const log = await openEmbeddedLog({ path: ":memory:", now: () => now });
  await log.createTopics(topics);
  expect(await log.append(target, [{ key: null, value: null }])).toEqual({ baseOffset: 0, appendTime: 1_000 });
  now = 86_401_000;
  expect(await log.append(target, [{ key: null, value: null }])).toEqual({ baseOffset: 1, appendTime: 86_401_000 });
  expect(await log.offsetForTime(target, 2_000)).toBe(1);
  await log.close();
});

test("a reader is woken by an append without any timer", async () => {
  vi.useFakeTimers();
  const log = await openEmbeddedLog({ path: ":memory:" });
  await log.createTopics(topics);
  const reader = log.openReader({ ...target, from: 0 });
  for (let n = 0; n < 3; n++) {
    const next = reader.next();
    await log.append(target, [{ key: null, value: Buffer.from(String(n)) }]);
    expect((await next).records.map(({ value }) => String(value))).toEqual([String(n)]);
  }
  expect(vi.getTimerCount()).toBe(0);
  await log.close();
});

test("logs in memory know nothing of each other, and nothing is left when one is closed", async () => {
  const [first, second] = await Promise.all([openEmbeddedLog({ path: ":memory:" }), openEmbeddedLog({ path: ":memory:" })]);
  await first.createTopics(topics);
  expect(await second.describeTopic("t")).toBeNull();
  await Promise.all([first.close(), second.close()]);
});
