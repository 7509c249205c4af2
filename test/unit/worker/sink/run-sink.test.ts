// Feeding sinks: each record once, whoever else writes, whatever goes wrong; and nothing missing without a word.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openEmbeddedLog, type EmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import type { Log } from "../../../../engine/log/log.ts";
import { silentLogger } from "../../../../engine/observability/logger.ts";
import { feedToEnd, followWhole, runSink, type RunningSink } from "../../../../engine/worker/sink/run-sink.ts";
import type { Sink } from "../../../../engine/worker/sink/sink.ts";
import { deferred } from "../../../support/deferred.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { StoredRecords } from "../../../support/stored-sink.ts";

const TOPIC = "orders";
let log: EmbeddedLog;
let stored: StoredRecords;
const running: RunningSink[] = [];

beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  await log.createTopics([{ topic: TOPIC, partitions: 2, settings: {} }]);
  stored = new StoredRecords();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  await log.close();
});

async function append(partition: number, count: number): Promise<void> {
  await log.append(
    { topic: TOPIC, partition },
    Array.from({ length: count }, (_, n) => ({ key: null, value: Buffer.from(String(n)) })),
  );
}

async function member(sink: Sink, options: { readonly clock?: FakeClock; readonly topics?: readonly string[] } = {}): Promise<RunningSink> {
  const made = await runSink({ log, sink, topics: [TOPIC], group: "g", logger: silentLogger, random: () => 0.5, ...options });
  running.push(made);
  return made;
}

const containing = (text: string): unknown => expect.stringContaining(text);
const upTo = (end: number): number[] => Array.from({ length: end }, (_, n) => n);
const holds = (partition: number, end: number): Promise<void> =>
  vi.waitFor(() => expect(stored.offsets.get(partition)).toEqual(upTo(end)), 15_000);

test("what is there, and what comes, is stored in order, with the position behind it", async () => {
  await append(0, 3);
  const one = await member(stored.sink());
  await holds(0, 3);
  await append(0, 2);
  await append(1, 4);
  await Promise.all([holds(0, 5), holds(1, 4)]);
  expect(stored.positions).toEqual(new Map([[0, 5], [1, 4]])); // prettier-ignore
  await vi.waitFor(() => expect(one.report()).toMatchObject([{ partition: 0, state: "reading", next: 5, lag: 0 }, { partition: 1, next: 4 }]), 15_000); // prettier-ignore
});

test("another life of the sink goes on from its position, not from the group's", async () => {
  await append(0, 3);
  await (await member(stored.sink())).close();
  const before = stored.positions.get(0) ?? 0;
  await append(0, 3);
  await member(stored.sink());
  await holds(0, 6);
  expect(before).toBeLessThanOrEqual(3);
});

test("two members share the partitions, and what one leaves the other takes on", async () => {
  const [first, second] = [await member(stored.sink()), await member(stored.sink())];
  await vi.waitFor(() => expect([first.report().length, second.report().length]).toEqual([1, 1]), 15_000);
  await first.close();
  await append(0, 3);
  await append(1, 3);
  await Promise.all([holds(0, 3), holds(1, 3)]);
  expect(first.report()).toEqual([]);
});

test("a member that the group has left behind stores nothing twice (R8): what it holds is refused, and it goes on behind it", async () => {
  await append(0, 3);
  const held = deferred<void>();
  const reached = deferred<void>();
  // It read the batch, and stands still before its transaction begins.
  let isFirst = true;
  const zombie = stored.sink({
    before: () => {
      if (!isFirst) return;
      isFirst = false;
      reached.resolve();
      return held.promise;
    },
  });
  const options = { log, topic: TOPIC, partitions: 1, logger: silentLogger };
  const slow = feedToEnd({ ...options, sink: zombie });
  await reached.promise;
  await feedToEnd({ ...options, sink: stored.sink() });
  await append(0, 2);
  held.resolve();
  await slow;
  expect(stored.offsets.get(0)).toEqual(upTo(5));
});

test("a commit whose answer was lost counts once", async () => {
  await append(0, 3);
  let lost = 0;
  const clock = new FakeClock();
  const sink = stored.sink({
    after: () => {
      if (lost++ === 0) throw new Error("connection reset");
    },
  });
  const one = await member(sink, { clock });
  await vi.waitFor(
    () => expect(one.report()[0]).toMatchObject({ state: "retrying", code: "SINK_FAILED", reason: "connection reset" }),
    15_000,
  );
  await clock.advance(60_000);
  await append(0, 1);
  await holds(0, 4);
});

test("a sink in trouble is tried again, ever more seldom, and nothing is passed over", async () => {
  await append(0, 3);
  const clock = new FakeClock();
  let failures = 0;
  const sink = stored.sink({
    before: () => {
      if (failures < 4) throw new Error(`disk full ${failures++}`);
    },
  });
  const one = await member(sink, { clock });
  const attempts = (count: number): Promise<void> =>
    vi.waitFor(() => expect(one.report()[0]).toMatchObject({ state: "retrying", attempts: count }), 15_000);
  await attempts(1);
  await clock.advance(500);
  await attempts(2);
  await clock.advance(500);
  expect(failures).toBe(2);
  await clock.advance(500);
  await attempts(3);
  await clock.advance(2_000);
  await attempts(4);
  await clock.advance(4_000);
  await holds(0, 3);
  await vi.waitFor(() => expect(one.report()[0]).toMatchObject({ state: "reading" }), 15_000);
});

test("a sink that refuses what it is asked for again and again is in trouble", async () => {
  await append(0, 1);
  const sink: Sink = { description: "stubborn", positions: () => new Map([[0, 0]]), write: () => "moved" };
  const one = await member(sink, { clock: new FakeClock() });
  await vi.waitFor(() => expect(one.report()[0]).toMatchObject({ state: "retrying", reason: containing("refuses") }), 15_000);
});

test("records that are gone before they were stored stop their partition, and say so; others go on (R11)", async () => {
  await append(0, 5);
  await append(1, 2);
  stored.positions.set(0, 1);
  await log.trim({ topic: TOPIC, partition: 0 }, 3);
  const one = await member(stored.sink());
  await holds(1, 2);
  const reason = containing("offsets 1 to 2 were deleted");
  await vi.waitFor(() => expect(one.report()[0]).toMatchObject({ state: "stopped", code: "SINK_MISSING_HISTORY", reason }), 15_000);
  expect(stored.positions.get(0)).toBe(1);
});

test("a topic that ends before the sink's position stops its partition (R11)", async () => {
  await append(0, 1);
  stored.positions.set(0, 7);
  const [report] = await feedToEnd({ log, topic: TOPIC, partitions: 1, sink: stored.sink(), logger: silentLogger });
  expect(report).toMatchObject({ state: "stopped", code: "SINK_PAST_END", reason: containing("ends at 1") });
});

test("records that another process stores after the topic's end was read do not look like a topic that lost its end (R8)", async () => {
  await append(0, 3);
  const end = { log, topic: TOPIC, partitions: 1, logger: silentLogger };
  await feedToEnd({ ...end, sink: stored.sink() });
  const overtaken = stored.sink();
  let isFirst = true;
  const positions: Sink["positions"] = async (topic) => {
    if (isFirst) {
      isFirst = false;
      await append(0, 2);
      await feedToEnd({ ...end, sink: stored.sink() });
    }
    return overtaken.positions(topic);
  };
  expect(await feedToEnd({ ...end, sink: { ...overtaken, positions } })).toMatchObject([{ state: "ended", next: 5, lag: 0 }]);
  expect(stored.offsets.get(0)).toEqual(upTo(5));
});

test("a topic that was made anew under its name, and is longer than it was, stops its partition (R11)", async () => {
  await append(0, 3);
  const end = { log, topic: TOPIC, partitions: 1, sink: stored.sink(), logger: silentLogger };
  await feedToEnd(end);
  await append(0, 1);
  const [hash] = [stored.last.get(0)?.hash ?? 0];
  stored.last.set(0, { offset: 2, hash: hash + 1 });
  expect((await feedToEnd(end))[0]).toMatchObject({
    state: "stopped",
    code: "SINK_TOPIC_RECREATED",
    reason: containing("offset 2 is not the one"),
  });
  stored.last.set(0, { offset: 2, hash });
  expect((await feedToEnd(end))[0]).toMatchObject({ state: "ended" });
  expect(stored.offsets.get(0)).toEqual(upTo(4));
});

test("a sink that has nothing begins where it is told to", async () => {
  await append(0, 3);
  const end = { log, topic: TOPIC, partitions: 2, sink: stored.sink(), logger: silentLogger };
  await feedToEnd({ ...end, begin: "now" });
  expect(stored.positions).toEqual(new Map());
  const { timestamp } = await lastRecord();
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(timestamp), 15_000);
  await append(0, 2);
  await feedToEnd({ ...end, begin: new Date(timestamp + 1) });
  expect(stored.offsets.get(0)).toEqual([3, 4]);
});

test("closing waits for what is being written, and no more", async () => {
  await append(0, 3);
  const held = deferred<void>();
  const reached = deferred<void>();
  const one = await member(stored.sink({ before: () => (reached.resolve(), held.promise) }));
  await reached.promise;
  const closed = one.close();
  held.resolve();
  await closed;
  expect(stored.offsets.get(0)).toEqual(upTo(3));
});

test("a log that does not say where a topic begins keeps nobody from closing", async () => {
  const asked = deferred<void>();
  const silent = new Proxy<Log>({} as Log, { get: () => () => (asked.resolve(), new Promise<never>(() => {})) });
  const one = followWhole({ log: silent, sink: stored.sink(), topic: TOPIC, partitions: 2, logger: silentLogger });
  await asked.promise;
  await one.close();
  expect(stored.offsets.size).toBe(0);
});

async function lastRecord(): Promise<{ readonly timestamp: number }> {
  const reader = log.openReader({ topic: TOPIC, partition: 0, from: 2 });
  const { records } = await reader.next();
  reader.close();
  return records[0] ?? { timestamp: 0 };
}

test("positions that a database gave as text are trouble that is told, and not taken for a sink that has nothing", async () => {
  await append(0, 3);
  await append(1, 3);
  const sink = stored.sink();
  const asText = JSON.parse('[["0", "3"]]') as [number, number][];
  const one = await member({ ...sink, positions: () => new Map(asText) });
  const trouble = { state: "retrying", reason: containing("whole numbers") };
  await vi.waitFor(() => expect(one.report()).toMatchObject([trouble, trouble]), 15_000);
  expect(stored.offsets.size).toBe(0);
});
