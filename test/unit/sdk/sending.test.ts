// Sending events, and what is checked where it is written.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pino } from "pino";
import { Millrace } from "../../../engine/sdk/index.ts";
import type { LooseFunctionOptions } from "../../../engine/sdk/create-function.ts";
import { declareFunction } from "../../../engine/sdk/create-function.ts";
import type { StoredRecord } from "../../../engine/log/log.ts";
import { deferred } from "../../support/deferred.ts";
import { FakeClock, turns } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const EVENTS = "app.events";

let clock: FakeClock;
let log: SimulatedLog;
let app: Millrace;

beforeEach(async () => {
  clock = new FakeClock();
  log = await SimulatedLog.open(clock);
  app = new Millrace({ id: "app", partitions: 2, maxEventBytes: 2_048, logger: pino({ level: "silent" }) }, { log, clock });
});

afterEach(async () => {
  await app.stop();
  await log.close();
});

async function sent(): Promise<readonly StoredRecord[]> {
  return (await Promise.all([0, 1].map((partition) => log.readAll({ topic: EVENTS, partition })))).flat();
}

test("events of one key keep their order, whatever the log does to the answers", async () => {
  await app.send({ name: "go", data: -1, key: "k" });
  log.onAppend = ({ index }) => (index % 2 === 0 ? { before: () => turns(20) } : { lostAnswers: 1 });
  await Promise.all(Array.from({ length: 10 }, (_, n) => turns(n * 3).then(() => app.send({ name: "go", data: n, key: "k" }))));
  const numbers = [...new Set((await sent()).map(({ value }) => Number(value?.toString())))];
  expect(numbers).toEqual([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("one batch a partition is in flight, and what comes meanwhile goes together", async () => {
  await app.send({ name: "go", data: 0, key: "k" });
  const answer = deferred<void>();
  const batches: number[] = [];
  log.onAppend = ({ target, records }) => {
    if (target.topic !== EVENTS) return null;
    batches.push(records.length);
    return { after: () => answer.promise };
  };
  const all = [app.send({ name: "go", data: 1, key: "k" })];
  await turns(5);
  for (let n = 0; n < 5; n++) all.push(app.send({ name: "go", data: n, key: "k" }));
  await turns(5);
  expect(batches).toEqual([1]);
  answer.resolve();
  await Promise.all(all);
  expect(batches).toEqual([1, 5]);
});

test("a queue of small events fits its topic, however small the largest event is", async () => {
  await app.send({ name: "go", data: 0, key: "k" });
  const held = deferred<void>();
  log.onAppend = ({ index }) => (index === 1 ? { before: () => held.promise } : null);
  const all = [app.send({ name: "go", data: 1, key: "k" })];
  await turns(5);
  for (let n = 0; n < 100; n++) all.push(app.send({ name: "go", data: "x".repeat(1_000), key: "k" }));
  held.resolve();
  await Promise.all(all);
  expect((await sent()).length).toBe(102);
});

test("the largest event fits its topic with the longest name and id", async () => {
  await app.send({ name: "\u4e2d".repeat(256), id: "\u4e2d".repeat(512), data: "x".repeat(2_040) });
  expect((await sent()).length).toBe(1);
});

test("a topic that takes less at once gets less at once, in the same order", async () => {
  await log.createTopics([{ topic: EVENTS, partitions: 2, settings: { "max.message.bytes": "4096" } }]);
  const data = Array.from({ length: 50 }, (_, n) => `${n}`.padEnd(500));
  await app.send(data.map((text) => ({ name: "go", data: text, key: "k" })));
  expect((await sent()).map(({ value }) => JSON.parse(value?.toString() ?? "") as unknown)).toEqual(data);
});

describe("when the log does not answer", () => {
  beforeEach(async () => {
    app = new Millrace({ id: "app", partitions: 1, send: { timeoutMs: 100 }, logger: pino({ level: "silent" }) }, { log, clock });
    await app.send({ name: "go", data: "first" });
  });

  afterEach(() => {
    vi.useRealTimers();
    log.thaw();
  });

  /** Sends, and notes how it ended. */
  function attempt(data: number): { outcome: unknown } {
    const noted: { outcome: unknown } = { outcome: "none" };
    app.send({ name: "go", data }).catch((error: unknown) => (noted.outcome = error));
    return noted;
  }

  test("every send gives up when its own time is up", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    log.freeze();
    const early = attempt(1);
    await turns(5);
    vi.advanceTimersByTime(60);
    const late = attempt(2);
    await turns(5);
    vi.advanceTimersByTime(40);
    await turns(5);
    expect([early.outcome, late.outcome]).toEqual([expect.objectContaining({ code: "LOG_UNAVAILABLE", outcomeUnknown: true }), "none"]);
    vi.advanceTimersByTime(60);
    await turns(5);
    expect(late.outcome).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: true });
  });

  test("events that were never on their way are known not to be in the log, and are not sent later", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    log.freeze();
    const onTheWay = attempt(1);
    await turns(5);
    const waiting = attempt(2);
    await turns(5);
    vi.advanceTimersByTime(100);
    await turns(5);
    expect(onTheWay.outcome).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: true, outcomeUnknown: true });
    expect(waiting.outcome).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: true, outcomeUnknown: false });
    log.thaw();
    await app.send({ name: "go", data: 3 });
    const found = await log.readAll({ topic: EVENTS, partition: 0 });
    expect(found.map(({ value }) => value?.toString())).not.toContain("2");
  });
});

test("ids that send makes count up in each partition, and are never the same", async () => {
  const { ids } = await app.send(Array.from({ length: 20 }, (_, n) => ({ name: "go", data: n })));
  expect(new Set(ids).size).toBe(20);
  for (const partition of [0, 1]) {
    const found = (await log.readAll({ topic: EVENTS, partition })).map(({ headers }) => headers["ce_id"]?.toString() ?? "");
    expect(found.map((id) => Number(id.slice(id.lastIndexOf(":") + 1)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  }
});

test("the same id goes to the same partition, where it is known", async () => {
  await app.send([1, 2, 3].map((data) => ({ name: "go", data, id: "mine" })));
  const partitions = await Promise.all([0, 1].map((partition) => log.latestOffset({ topic: EVENTS, partition })));
  expect(partitions.toSorted((a, b) => a - b)).toEqual([0, 3]);
});

describe("an event is refused, and nothing of its batch is sent, for", () => {
  const cases: readonly (readonly [string, object, string])[] = [
    ["no name", { name: "" }, "INVALID_EVENT"],
    ["a name of the engine's own", { name: "millrace/function.failed" }, "INVALID_EVENT"],
    ["a name that ends in a star", { name: "order/*" }, "INVALID_EVENT"],
    ["a long name", { name: "n".repeat(257) }, "INVALID_EVENT"],
    ["an empty key", { name: "go", key: "" }, "INVALID_EVENT"],
    ["an empty id", { name: "go", id: "" }, "INVALID_EVENT"],
    ["half of a surrogate pair in its id", { name: "go", id: "\ud800x" }, "INVALID_EVENT"],
    ["half of a surrogate pair in its key", { name: "go", key: "\ud801" }, "INVALID_EVENT"],
    ["half of a surrogate pair in its name", { name: "go\udc00" }, "INVALID_EVENT"],
    ["half of a surrogate pair in its subject", { name: "go", subject: "u\ud800" }, "INVALID_EVENT"],
    ["an id like those that send makes", { name: "go", id: "mr:p:1" }, "INVALID_EVENT"],
    ["a time that is none", { name: "go", time: new Date(Number.NaN) }, "INVALID_EVENT"],
    ["a time that no date has", { name: "go", time: 1e300 }, "INVALID_EVENT"],
    ["data that is no JSON", { name: "go", data: { n: 1n } }, "NOT_JSON"],
    ["data over the limit", { name: "go", data: "x".repeat(2_048) }, "EVENT_TOO_LARGE"],
  ];
  test.each(cases)("%s", async (_, event, code) => {
    const bad = { data: null, ...event } as { name: string; data: unknown };
    await expect(app.send([{ name: "go", data: "good" }, bad])).rejects.toMatchObject({ code });
    expect(await sent()).toEqual([]);
  });
});

describe("a function is refused where it is declared, for", () => {
  const good = { id: "f", triggers: [{ event: "go" }] };
  const cases: readonly (readonly [string, object])[] = [
    ["an id that is empty", { ...good, id: "" }],
    ["an id with a slash: that is how failure handlers are named", { ...good, id: "a/on-failure" }],
    ["triggers that are no list", { id: "f" }],
    ["a trigger without an event", { ...good, triggers: [{ event: "" }] }],
    ["a star in the middle", { ...good, triggers: [{ event: "a/*/b" }] }],
    ["retries that are none", { ...good, retries: -1 }],
    ["retries that are too many", { ...good, retries: 21 }],
  ];
  test.each(cases)("%s", (_, options) => {
    expect(() => declareFunction(options as LooseFunctionOptions, () => null)).toThrow(
      expect.objectContaining({ code: "INVALID_FUNCTION" }),
    );
  });

  test("an id that is taken", () => {
    app.createFunction({ id: "f", triggers: [{ event: "go" }] }, () => null);
    expect(() => app.createFunction({ id: "f", triggers: [{ event: "go" }] }, () => null)).toThrow(/two functions with the id "f"/);
  });
});

test("an app without functions has nothing to start, and says so", async () => {
  await expect(app.start()).rejects.toMatchObject({ code: "WRONG_STATE" });
});

test("options that cannot work are refused by name", () => {
  expect(() => new Millrace({ id: "a b" })).toThrow(/an app's id is/);
  expect(() => new Millrace({ id: "a", partitions: 0, maxActiveRuns: -1 })).toThrow(
    /partitions[\s\S]*maxActiveRuns|maxActiveRuns[\s\S]*partitions/,
  );
});
