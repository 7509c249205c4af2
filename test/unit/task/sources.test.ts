// Nothing is silently missing (R11): a source that cannot go on stops alone, says why, and goes on as people say.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handler } from "../../../engine/execution/function.ts";
import { NonRetriableError } from "../../../engine/execution/user-errors.ts";
import { encodeEvent } from "../../../engine/workflow/event/cloud-event.ts";
import { turns, until } from "../../support/fake-clock.ts";
import { EVENTS, JOURNAL, TaskBench, TOPICS, type Owner } from "../../support/task-bench.ts";

const FOREIGN = { topic: "foreign", partition: 0 };
const BOTH = [
  { topic: TOPICS.events, partitions: 1, from: "beginning" as const },
  { topic: FOREIGN.topic, partitions: 1, from: "beginning" as const },
];

let bench: TaskBench;
let seen: string[];

const noting: Handler = ({ event }) => void seen.push(event.id);

beforeEach(async () => {
  bench = await TaskBench.open();
  bench.declare({ f: {} }, BOTH);
  seen = [];
});

afterEach(async () => {
  await bench.close();
});

async function decided(count: number): Promise<void> {
  await until(`${count} events were decided`, () => seen.length >= count, 2_000);
  await turns(20);
}

/** An owner that read some of the foreign topic and is gone. */
async function before(ids: readonly string[]): Promise<void> {
  const first = await bench.owner("A", { handlers: { f: noting } }).open();
  for (const id of ids) await bench.send({ id, topic: FOREIGN.topic });
  await decided(ids.length);
  await first.digest();
  first.task.abandon();
  seen = [];
}

async function expectOthersGoOn(owner: Owner): Promise<void> {
  await bench.send({ id: "elsewhere" });
  await until("the other source goes on", () => seen.includes("elsewhere"));
  expect(owner.end).toBeNull();
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
}

describe("only the source stops when", () => {
  test("its retention took what was not decided", async () => {
    await before(["1", "2"]);
    for (const id of ["3", "4", "5"]) await bench.send({ id, topic: FOREIGN.topic });
    await bench.log.trim(FOREIGN, 4);
    const owner = await bench.owner("B", { handlers: { f: noting } }).open();
    await until("it says so", () => owner.sourceErrors.length > 0);
    expect(owner.sourceErrors[0]).toMatchObject({ code: "SOURCE_MISSING_HISTORY", topic: "foreign" });
    expect(owner.sourceErrors[0]?.message).toMatch(
      /offsets 2 to 3 were deleted .* skipMissing: \[\{ topic: "foreign", partition: 0, to: 4 \}\]/,
    );
    expect(owner.task.problems()).toEqual([expect.stringMatching(/^source foreign\/0 stopped/)]);
    await expectOthersGoOn(owner);
  });

  test("it ends before what was decided", async () => {
    await before(["1", "2", "3"]);
    await bench.log.loseAllBut(FOREIGN.topic, 1);
    const owner = await bench.owner("B", { handlers: { f: noting } }).open();
    await until("it says so", () => owner.sourceErrors.length > 0);
    expect(owner.sourceErrors[0]).toMatchObject({ code: "SOURCE_PAST_END" });
    await expectOthersGoOn(owner);
  });

  test("it was made anew, and is as long as it was", async () => {
    await before(["1", "2"]);
    await bench.log.loseAllBut(FOREIGN.topic, 0);
    for (const id of ["new 1", "new 2", "new 3"]) await bench.send({ id, topic: FOREIGN.topic });
    const owner = await bench.owner("B", { handlers: { f: noting } }).open();
    await until("it says so", () => owner.sourceErrors.length > 0);
    expect(owner.sourceErrors[0]).toMatchObject({ code: "SOURCE_RECREATED" });
    await expectOthersGoOn(owner);
    expect(seen).toEqual(["elsewhere"]);
  });

  test("nobody knows it any more", async () => {
    await before(["1"]);
    bench.log.forget(FOREIGN.topic);
    const owner = await bench.owner("B", { handlers: { f: noting } }).open();
    await until("it says so", () => owner.sourceErrors.length > 0 || owner.end !== null);
    expect(owner.end).toBeNull();
    expect(owner.sourceErrors[0]).toMatchObject({ code: "SOURCE_UNKNOWN" });
    await expectOthersGoOn(owner);
  });

  test("its retention overtakes the reader", async () => {
    const owner = await bench.owner("A", { handlers: { f: noting } }).open();
    await bench.send({ id: "1", topic: FOREIGN.topic });
    await decided(1);
    // In one breath: three more, and all but the last are gone.
    const { log } = bench;
    log.freeze();
    for (const id of ["2", "3", "4"]) await bench.send({ id, topic: FOREIGN.topic });
    await log.trim(FOREIGN, 3);
    log.thaw();
    await until("it says so", () => owner.sourceErrors.length > 0);
    expect(owner.sourceErrors[0]).toMatchObject({ code: "SOURCE_MISSING_HISTORY" });
    await expectOthersGoOn(owner);
  });
});

test("with skipMissing the source goes on where people said, and the jump stands in the journal", async () => {
  await before(["1", "2"]);
  for (const id of ["3", "4", "5"]) await bench.send({ id, topic: FOREIGN.topic });
  await bench.log.trim(FOREIGN, 4);
  const owner = await bench.owner("B", { handlers: { f: noting }, skipMissing: [{ ...FOREIGN, to: 4 }] }).open();
  await decided(1);
  expect(seen).toEqual(["5"]);
  expect(owner.sourceErrors).toEqual([]);
  expect(owner.records).toContainEqual({ type: "SourcePositionSet", ...FOREIGN, from: 2, to: 4 });
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("a topic that was made anew can be read from its beginning, if people say so", async () => {
  await before(["1", "2"]);
  await bench.log.loseAllBut(FOREIGN.topic, 0);
  for (const id of ["new 1", "new 2", "new 3"]) await bench.send({ id, topic: FOREIGN.topic });
  const owner = await bench.owner("B", { handlers: { f: noting }, skipMissing: [{ ...FOREIGN, to: 0 }] }).open();
  await decided(3);
  expect(seen).toEqual(["new 1", "new 2", "new 3"]);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("a wish from an earlier loss does not cover a later one", async () => {
  await before(["1", "2"]);
  for (const id of ["3", "4", "5", "6"]) await bench.send({ id, topic: FOREIGN.topic });
  await bench.log.trim(FOREIGN, 5);
  const owner = await bench.owner("B", { handlers: { f: noting }, skipMissing: [{ ...FOREIGN, to: 3 }] }).open();
  await until("it says so", () => owner.sourceErrors.length > 0);
  await expectOthersGoOn(owner);
});

test("a jump decided while earlier records of the source wait for their frame is the same live and on rebuild (R1)", async () => {
  const owner = await bench.owner("A", { handlers: { f: noting }, skipMissing: [{ ...FOREIGN, to: 6 }] }).open();
  await bench.send({ id: "1", topic: FOREIGN.topic });
  await decided(1);
  // A frame is in flight while further records are decided, and the reader loses its place.
  const ack = Promise.withResolvers<void>();
  bench.log.onAppend = ({ target }) => (target.topic === TOPICS.journal ? { after: () => ack.promise } : null);
  await bench.send({ id: "in flight" });
  await turns(30);
  await bench.send({ id: "2", topic: FOREIGN.topic });
  await turns(30);
  bench.log.freeze();
  for (const id of ["3", "4", "5", "6"]) await bench.send({ id, topic: FOREIGN.topic });
  await bench.log.trim(FOREIGN, 6);
  bench.log.thaw();
  await turns(60);
  bench.log.onAppend = () => null;
  ack.resolve();
  await turns(60);
  await until("the jump is journalled", () => owner.records.some(({ type }) => type === "SourcePositionSet"));
  expect(seen).toEqual(["1", "in flight", "2"]);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("a source begins where its manifest says: now, or at its beginning, and later manifests do not move it", async () => {
  await bench.send({ id: "old", topic: FOREIGN.topic });
  bench.declare({ f: {} }, [{ topic: FOREIGN.topic, partitions: 1, from: "now" }]);
  const first = await bench.owner("A", { handlers: { f: noting } }).open();
  await bench.send({ id: "new", topic: FOREIGN.topic });
  await decided(1);
  expect(seen).toEqual(["new"]);
  first.task.abandon();
  bench.declare({ f: {} }, [{ topic: FOREIGN.topic, partitions: 1, from: "beginning" }]);
  const second = await bench.owner("B", { handlers: { f: noting } }).open();
  await bench.send({ id: "newer", topic: FOREIGN.topic });
  await decided(2);
  expect(seen).toEqual(["new", "newer"]);
  expect(await second.digest()).toBe(await bench.rebuiltDigest());
});

test("a source that a newer manifest drops is read no further, and goes on where it stopped when one names it again", async () => {
  const owner = await bench.owner("A", { handlers: { f: noting } }).open();
  await bench.send({ id: "1", topic: FOREIGN.topic });
  await decided(1);
  owner.task.manifestSeen(bench.declare({ f: {} }, BOTH.slice(0, 1)));
  await until("the manifest is active", () => owner.activations.length === 2);
  await bench.send({ id: "2", topic: FOREIGN.topic });
  await expectOthersGoOn(owner);
  expect(seen).toEqual(["1", "elsewhere"]);
  owner.task.manifestSeen(bench.declare({ f: {} }, BOTH));
  await until("it is read again", () => seen.includes("2"));
});

test("a source of a topic that is nowhere does not keep the functions from being taken up", async () => {
  bench.declare({ f: {} }, [...BOTH, { topic: "nowhere", partitions: 1, from: "beginning" }]);
  const owner = await bench.owner("A", { handlers: { f: noting } }).open();
  await until("it says so", () => owner.sourceErrors.length > 0);
  expect(owner.sourceErrors[0]).toMatchObject({ code: "SOURCE_UNKNOWN" });
  await expectOthersGoOn(owner);
});

describe("an input that is merely bad goes to the dead letters with its reason, and everything else goes on:", () => {
  const bad: readonly (readonly [string, { value?: Buffer | null; headers?: Record<string, string> }, string])[] = [
    ["no event at all", { value: Buffer.from([0xff, 0xfe]), headers: {} }, "EVENT_WITHOUT_TYPE"],
    ["without an id", { headers: { ce_type: "go" } }, "EVENT_WITHOUT_ID"],
    ["not JSON", { value: Buffer.from("{"), headers: { ce_type: "go", ce_id: "1" } }, "EVENT_NOT_JSON"],
    ["half an emoji as JSON", { value: Buffer.from("😀😀"), headers: { ce_type: "go", ce_id: "1" } }, "EVENT_NOT_JSON"],
    ["another content", { headers: { ce_type: "go", ce_id: "1", "content-type": "text/xml" } }, "EVENT_CONTENT_TYPE"],
    ["a time that is none", { headers: { ce_type: "go", ce_id: "1", ce_time: "soon" } }, "EVENT_TIME"],
    ["too large", { value: Buffer.alloc(2_000, "1"), headers: { ce_type: "go", ce_id: "1" } }, "EVENT_TOO_LARGE"],
  ];
  test.each(bad)("%s", async (_, { value = Buffer.from("{}"), headers = {} }, code) => {
    const owner = await bench.owner("A", { handlers: { f: noting }, limits: { maxEventBytes: 1_000 } }).open();
    await bench.log.appendAside(FOREIGN, [{ key: Buffer.from("k"), value, headers }]);
    await bench.send({ id: "after", topic: FOREIGN.topic });
    await decided(1);
    expect(seen).toEqual(["after"]);
    await owner.digest();
    await turns(20);
    const letters = await bench.deadLetters();
    expect(letters).toHaveLength(1);
    expect(Object.fromEntries(Object.entries(letters[0]?.headers ?? {}).map(([name, text]) => [name, text.toString()]))).toMatchObject({
      ...headers,
      "mr-code": code,
      "mr-topic": "foreign",
      "mr-partition": "0",
      "mr-offset": "0",
    });
    expect(letters[0]?.value).toEqual(value);
    expect(letters[0]?.key?.toString()).toBe("k");
    expect(await owner.digest()).toBe(await bench.rebuiltDigest());
  });

  test("a bad record with more headers than a frame holds is set aside without them, and stops nothing (R15)", async () => {
    const owner = await bench.owner("A", { handlers: { f: noting } }).open();
    const headers = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`h${n}`, "x".repeat(100_000)]));
    await bench.log.appendAside(FOREIGN, [{ key: null, value: null, headers }]);
    await bench.send({ id: "after", topic: FOREIGN.topic });
    await decided(1);
    const [largest = 0] = (await bench.log.readAll(JOURNAL)).map(({ value }) => value?.length ?? 0).toSorted((a, b) => b - a);
    expect(largest).toBeLessThan(4 * 1024 * 1024);
    expect((await bench.deadLetters())[0]?.headers["mr-code"]?.toString()).toBe("EVENT_WITHOUT_TYPE");
    expect(owner.end).toBeNull();
  });
});

test("an id that only looks like one of our own, with a number that no journal holds, is an id like any other", async () => {
  const owner = await bench.owner("A", { handlers: { f: noting } }).open();
  const ids = [`mr:p:${Number.MAX_SAFE_INTEGER}`, "mr:p:-1", "mr:p:", "mr:p:1.5"];
  for (const id of [...ids, ...ids]) await bench.send({ id });
  await decided(4);
  expect(seen).toEqual(ids);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("a dead letter that the log refuses stops the partition visibly, and is no unhandled rejection (R9)", async () => {
  const owner = await bench.owner("A", { handlers: { f: noting } }).open();
  bench.log.forget(TOPICS.deadLetter);
  await bench.log.appendAside(FOREIGN, [{ key: null, value: null }]);
  await until("it stops", () => owner.end !== null);
  expect(owner.end).toMatchObject({ kind: "stopped", error: { code: "LOG_UNKNOWN_PARTITION" } });
});

test("ten thousand events that nobody wants, with ids of their own, fit into frames (R15)", async () => {
  const owner = await bench.owner("A", { handlers: { f: noting } }).open();
  const ack = Promise.withResolvers<void>();
  bench.log.onAppend = ({ target }) => (target.topic === TOPICS.journal ? { after: () => ack.promise } : null);
  const records = Array.from({ length: 10_000 }, (_, n) => ({
    key: null,
    value: Buffer.from("{}"),
    headers: { ce_type: "unwanted", ce_id: `${"x".repeat(500)}${n}` },
  }));
  await bench.log.appendAside(EVENTS, records.slice(0, 5_000));
  await turns(50);
  await bench.log.appendAside(EVENTS, records.slice(5_000));
  await turns(50);
  bench.log.onAppend = () => null;
  ack.resolve();
  await until("all are decided", () => [...owner.frames].some(({ inputs }) => inputs.some(({ next }) => next === 10_000)));
  const sizes = (await bench.log.readAll(JOURNAL)).map(({ value }) => value?.length ?? 0);
  expect(Math.max(...sizes)).toBeLessThan(2 * 1024 * 1024);
  expect(await owner.digest()).toBe(await bench.rebuiltDigest());
});

test("partitions that a topic got since the last deployment are read from their beginning, though its first began now", async () => {
  const from = "now" as const;
  await bench.log.createTopics([{ topic: "grown", partitions: 2, settings: {} }]);
  const put = (id: string, partition: number): Promise<unknown> =>
    bench.log.appendAside({ topic: "grown", partition }, [encodeEvent({ id, name: "go", key: null, data: "{}", time: 0, source: "s" })]);
  await put("long ago", 0);
  bench.declare({ f: {} }, [{ topic: "grown", partitions: 1, from }]);
  const first = await bench.owner("A", { handlers: { f: noting } }).open();
  await put("before it was known", 1);
  first.task.manifestSeen(bench.declare({ f: {} }, [{ topic: "grown", partitions: 2, from }]));
  await decided(1);
  expect(seen).toEqual(["before it was known"]);
  expect(await first.digest()).toBe(await bench.rebuiltDigest());
});

test("the engine's own word of a failure may hold the largest event and the error", async () => {
  bench.declare({ f: {}, alert: { triggers: ["millrace/function.failed"] } });
  const alert: Handler = ({ event }) => void seen.push(event.name);
  const f: Handler = () => Promise.reject(new NonRetriableError("no".repeat(200)));
  const owner = await bench.owner("A", { handlers: { f, alert }, limits: { maxEventBytes: 2_048 } }).open();
  await bench.send({ data: JSON.stringify("x".repeat(2_000)) });
  await decided(1);
  expect(seen).toEqual(["millrace/function.failed"]);
  expect(await bench.deadLetters()).toEqual([]);
  expect(owner.end).toBeNull();
});

describe("no more runs than maxActiveRuns are in memory, and further ones start", () => {
  test("as runs come to wait, however short: what they wait for stands behind", async () => {
    const got: unknown[] = [];
    const waits: Handler = async ({ step }) => {
      got.push(await step.waitForEvent("answer", { event: "answer", match: "data.n", timeout: "3s" }));
    };
    bench.declare({ f: { triggers: ["go"] } }, BOTH);
    const owner = await bench.owner("A", { handlers: { f: waits }, limits: { maxActiveRuns: 10 } }).open();
    for (const name of ["go", "answer"]) {
      for (let n = 0; n < 30; n++) await bench.send({ id: `${name} ${n}`, name, data: `{"n":${n}}` });
    }
    await until("all runs are answered", () => got.length === 30, 2_000);
    expect(got.filter((answer) => answer === null)).toEqual([]);
    expect(owner.end).toBeNull();
  });

  test("as runs end", async () => {
    const open: (() => void)[] = [];
    const owner = await bench
      .owner("A", { handlers: { f: () => new Promise<void>((resolve) => open.push(resolve)) }, limits: { maxActiveRuns: 6 } })
      .open();
    await bench.sendMany(10);
    // The function's share: half is left to others.
    await until("three are live", () => open.length === 3);
    await turns(100);
    expect(owner.task.openRuns).toBe(3);
    for (let ended = 1; ended <= 10; ended++) {
      await until("one is there to end", () => open.length > 0);
      open.shift()?.();
      await turns(30);
      expect(owner.task.openRuns).toBeLessThanOrEqual(3);
    }
    await until("all are over", () => owner.task.openRuns === 0);
    expect(await bench.log.latestOffset(EVENTS)).toBe(10);
    expect(owner.task.backlog.queuedRuns).toBe(0);
  });

  test("as runs that are parked already are found to differ still, which takes no frame", async () => {
    const first = await bench
      .owner("A", { handlers: { f: ({ step }) => step.run("a", () => 1).then(() => step.sleep("nap", 5_000)) } })
      .open();
    await bench.sendMany(2);
    await until("both sleep", () => first.records.filter(({ type }) => type === "SleepStarted").length === 2);
    await first.digest();
    first.task.abandon();
    const differs: Handler = ({ event }) => void seen.push(event.id);
    const second = await bench.owner("B", { handlers: { f: differs } }).open();
    await bench.clock.advance(6_000);
    await until("both are parked", () => second.records.filter(({ type }) => type === "RunParked").length === 2);
    await second.digest();
    second.task.abandon();
    seen = [];
    const third = await bench.owner("C", { handlers: { f: differs }, limits: { maxActiveRuns: 1 } }).open();
    await bench.send({ id: "newcomer" });
    await bench.advanceUntil("the newcomer runs", () => seen.includes("newcomer"));
    expect(third.end).toBeNull();
  });
});
