// How events wait before they go to the log: for others, for room, for their schemas; and what their senders hear of it.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { LooseEvent } from "../../../engine/execution/outgoing-event.ts";
import { LogError } from "../../../engine/log/errors.ts";
import type { StoredRecord } from "../../../engine/log/log.ts";
import { EventProducer, type EventProducerOptions, type SendOptions } from "../../../engine/sdk/event-producer.ts";
import { jsonBody, type BodyEncoder, type OutgoingBody } from "../../../engine/sdk/outgoing-record.ts";
import { DeliveryError } from "../../../engine/sdk/sending/delivery.ts";
import { deferred } from "../../support/deferred.ts";
import { FakeClock, turns } from "../../support/fake-clock.ts";
import { SimulatedLog } from "../../support/simulated-log.ts";

const TOPIC = "app.events";
const PARTITIONS = 4;

let log: SimulatedLog;
let stopping: AbortController;
/** Sizes of batches as the log was given them. */
let batches: number[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  log = await SimulatedLog.open(new FakeClock());
  await log.createTopics([{ topic: TOPIC, partitions: PARTITIONS, settings: {} }]);
  stopping = new AbortController();
  batches = [];
  log.onAppend = ({ records }) => {
    batches.push(records.length);
    return null;
  };
});

afterEach(async () => {
  log.thaw();
  stopping.abort();
  vi.useRealTimers();
  await log.close();
});

function producer(send: Partial<SendOptions> = {}, options: Partial<EventProducerOptions> = {}): EventProducer {
  return new EventProducer({
    log,
    topic: TOPIC,
    partitions: PARTITIONS,
    source: "app",
    maxEventBytes: 1_000_000,
    now: () => 0,
    signal: stopping.signal,
    send: { lingerMs: 0, maxBatchBytes: 500_000, maxBufferedBytes: 1_000_000, timeoutMs: 1_000, ...send },
    ...options,
  });
}

function event(data: unknown, key = "k"): LooseEvent {
  return { name: "go", data, key };
}

/** Sends, and notes how it ended. */
function attempt(by: EventProducer, ...events: LooseEvent[]): { outcome: unknown } {
  const noted: { outcome: unknown } = { outcome: "none" };
  by.send(events).then(
    (result) => (noted.outcome = result),
    (error: unknown) => (noted.outcome = error),
  );
  return noted;
}

async function stored(): Promise<readonly StoredRecord[]> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => log.readAll({ topic: TOPIC, partition }));
  return (await Promise.all(partitions)).flat();
}

async function values(): Promise<unknown[]> {
  return (await stored()).map(({ value }) => JSON.parse(value?.toString() ?? "null") as unknown);
}

describe("linger", () => {
  test("events that come within the time go together, when it is over", async () => {
    const by = producer({ lingerMs: 20 });
    const sends = [attempt(by, event(1))];
    await turns(5);
    vi.advanceTimersByTime(10);
    sends.push(attempt(by, event(2)));
    await turns(5);
    expect(batches).toEqual([]);
    vi.advanceTimersByTime(10);
    await turns(10);
    expect(batches).toEqual([2]);
    expect(sends.map(({ outcome }) => outcome)).toEqual([
      expect.objectContaining({ records: [expect.objectContaining({ offset: 0 })] }),
      expect.objectContaining({ records: [expect.objectContaining({ offset: 1 })] }),
    ]);
  });

  test("a batch that is full does not wait", async () => {
    const by = producer({ lingerMs: 20, maxBatchBytes: 2_000 });
    attempt(by, event("x".repeat(1_000)));
    await turns(5);
    attempt(by, event("x".repeat(1_000)));
    await turns(10);
    expect(batches).toEqual([1]);
  });

  test("what came while a batch was in flight waits no longer than it was told", async () => {
    const by = producer({ lingerMs: 20 });
    const answer = deferred<void>();
    log.onAppend = ({ records }) => {
      batches.push(records.length);
      return batches.length === 1 ? { after: () => answer.promise } : null;
    };
    attempt(by, event(1));
    vi.advanceTimersByTime(20);
    await turns(5);
    attempt(by, event(2));
    vi.advanceTimersByTime(30);
    answer.resolve();
    await turns(10);
    expect(batches).toEqual([1, 1]);
  });

  test("nothing lingers when the app stops: its sender hears that it was not sent", async () => {
    const by = producer({ lingerMs: 20 });
    const send = attempt(by, event(1));
    await turns(5);
    stopping.abort();
    await turns(5);
    expect(send.outcome).toMatchObject({ code: "LOG_ABORTED", deliveries: [{ status: "not-sent" }] });
  });
});

describe("room", () => {
  test("send waits for room, and goes on in the order of the calls", async () => {
    const by = producer({ maxBufferedBytes: 3_000 });
    const sends = Array.from({ length: 20 }, (_, n) => attempt(by, event(`${n}`.padEnd(1_000))));
    await turns(100);
    expect(sends.filter(({ outcome }) => outcome === "none")).toEqual([]);
    expect((await values()).map(Number)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(Math.max(...batches)).toBe(2);
  });

  test("who is small does not overtake who waits for more room", async () => {
    const by = producer({ maxBufferedBytes: 3_000 });
    log.freeze();
    attempt(by, event("1".padEnd(1_000)));
    attempt(by, event("2".padEnd(2_000)));
    attempt(by, event(3));
    await turns(5);
    log.thaw();
    await turns(100);
    expect((await values()).map(Number)).toEqual([1, 2, 3]);
  });

  test("a call that is larger than all room goes when nothing else does", async () => {
    const by = producer({ maxBufferedBytes: 3_000 });
    const sends = [1, 2, 3].map((n) => attempt(by, event(`${n}`.padEnd(10_000)), event(n)));
    await turns(100);
    expect(sends.every(({ outcome }) => typeof outcome === "object")).toBe(true);
    expect((await values()).map(Number)).toEqual([1, 1, 2, 2, 3, 3]);
  });

  test("who waits too long hears that nothing was sent, and nothing is", async () => {
    const by = producer({ maxBufferedBytes: 3_000 });
    log.freeze();
    attempt(by, event("1".padEnd(2_000)));
    await turns(5);
    vi.advanceTimersByTime(500);
    const waiting = attempt(by, event("2".padEnd(2_000)), { ...event("3".padEnd(2_000)), id: "mine" });
    await turns(5);
    vi.advanceTimersByTime(1_000);
    await turns(5);
    expect(waiting.outcome).toMatchObject({
      code: "LOG_UNAVAILABLE",
      retriable: true,
      outcomeUnknown: false,
      message: expect.stringContaining("3000 bytes of events wait to be sent already") as unknown,
      deliveries: [
        { status: "not-sent", id: null },
        { status: "not-sent", id: "mine" },
      ],
    });
    log.thaw();
    await by.send([event(4)]);
    expect((await values()).map(Number)).not.toContain(2);
  });

  test("room that was given up is others' at once", async () => {
    const by = producer({ maxBufferedBytes: 3_000, timeoutMs: 1_000 });
    log.freeze();
    attempt(by, event("1".padEnd(2_000)));
    const large = attempt(by, event("2".padEnd(2_500)));
    await turns(5);
    vi.advanceTimersByTime(500);
    const small = attempt(by, event(3));
    await turns(5);
    vi.advanceTimersByTime(500);
    log.thaw();
    await turns(50);
    expect(large.outcome).toMatchObject({ code: "LOG_UNAVAILABLE" });
    expect(small.outcome).toMatchObject({ ids: [expect.any(String)] });
  });
});

describe("the delivery report", () => {
  test("says where each event stands, in the order of the events", async () => {
    const by = producer();
    const sent = Array.from({ length: 40 }, (_, n) => event(n, `key ${n}`));
    const { ids, records } = await by.send(sent);
    expect(new Set(records.map(({ partition }) => partition)).size).toBe(PARTITIONS);
    for (const [n, { topic, partition, offset }] of records.entries()) {
      const found = (await log.readAll({ topic, partition })).find((record) => record.offset === offset);
      expect(found?.value?.toString()).toBe(String(n));
      expect(found?.headers["ce_id"]?.toString()).toBe(ids[n]);
    }
  });

  test("a call that fails in part says what is sent, what is not, and of what that is not known", async () => {
    const by = producer({ timeoutMs: 1_000 });
    // Partitions of the keys: by them their fates differ.
    const place = new Map<string, number>();
    for (let n = 0; place.size < 3; n++) {
      const { records } = await by.send([event("where", `key ${n}`)]);
      const partition = records[0]?.partition ?? -1;
      if (![...place.values()].includes(partition)) place.set(`key ${n}`, partition);
    }
    const [good = "", silent = "", busy = ""] = place.keys();
    log.onAppend = ({ target }) =>
      target.partition === place.get(silent) || target.partition === place.get(busy) ? { before: () => new Promise(() => {}) } : null;
    attempt(by, event("in the way", busy));
    await turns(5);
    const call = attempt(by, event(1, good), event(2, silent), event(3, busy), event(4, good));
    await turns(10);
    expect(call.outcome).toBe("none");
    vi.advanceTimersByTime(1_000);
    await turns(5);
    expect(call.outcome).toBeInstanceOf(DeliveryError);
    expect(call.outcome).toMatchObject({
      code: "LOG_UNAVAILABLE",
      outcomeUnknown: true,
      deliveries: [
        { status: "sent", record: { partition: place.get(good) } },
        { status: "unknown" },
        { status: "not-sent" },
        { status: "sent" },
      ],
      message: expect.stringMatching(/of the events: 2 sent, 1 not sent, 1 in the log or not/) as unknown,
    });
  });

  test("an event that no topic takes is not sent; its neighbours are, and their places are told", async () => {
    await log.createTopics([{ topic: "small", partitions: PARTITIONS, settings: { "max.message.bytes": "2048" } }]);
    const by = producer({}, { topic: "small" });
    const call = attempt(by, event(1), event("x".repeat(5_000)), event(2));
    await turns(50);
    expect(call.outcome).toMatchObject({
      code: "LOG_RECORD_TOO_LARGE",
      retriable: false,
      outcomeUnknown: false,
      deliveries: [{ status: "sent" }, { status: "not-sent" }, { status: "sent" }],
    });
  });
});

describe("bodies that take something that is not here yet", () => {
  /** Bodies of events whose data begin with `late` come when they are told to. */
  function lateBodies(): { encode: BodyEncoder; late: Map<unknown, PromiseWithResolvers<OutgoingBody>> } {
    const late = new Map<unknown, PromiseWithResolvers<OutgoingBody>>();
    return {
      late,
      encode: (checked, given) => {
        if (!String(given).startsWith("late")) return jsonBody(checked);
        const body = Promise.withResolvers<OutgoingBody>();
        late.set(given, body);
        return body.promise;
      },
    };
  }
  const body = (text: string): OutgoingBody => ({
    value: Buffer.from(JSON.stringify(text)),
    headers: { "content-type": "application/avro", more: "1" },
  });

  test("their own key waits, all others go on, and ids count up as the log gets them", async () => {
    const { encode, late } = lateBodies();
    const by = producer({}, { encode });
    const sends = [attempt(by, event("late 1")), attempt(by, event("after")), attempt(by, event("other", "another key"))];
    await turns(20);
    expect(await values()).toEqual(["other"]);
    late.get("late 1")?.resolve(body("in time"));
    await turns(20);
    expect(sends.every(({ outcome }) => typeof outcome === "object")).toBe(true);
    const own = (await stored()).filter(({ key }) => key?.toString() === "k");
    expect(own.map(({ value }) => value?.toString())).toEqual(['"in time"', '"after"']);
    expect(own[0]?.headers).toMatchObject({ "content-type": Buffer.from("application/avro"), more: Buffer.from("1") });
    const sequences = own.map(({ headers }) => Number(headers["ce_id"]?.toString().split(":").at(-1)));
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });

  test("one that is refused refuses its whole call, and lets those behind it pass", async () => {
    const { encode, late } = lateBodies();
    const by = producer({}, { encode });
    const refused = attempt(by, event("good"), event("late 1"));
    const after = attempt(by, event("after"));
    await turns(10);
    late.get("late 1")?.reject(new Error("breaks readers"));
    await turns(20);
    expect(refused.outcome).toMatchObject({ message: "breaks readers" });
    expect(after.outcome).toMatchObject({ ids: [expect.any(String)] });
    expect(await values()).toEqual(["after"]);
  });

  test("one that is refused while its call waits for room refuses it when there is some, and nobody else hears of it", async () => {
    const { encode, late } = lateBodies();
    const by = producer({ maxBufferedBytes: 3_000 }, { encode });
    log.freeze();
    const before = attempt(by, event("1".padEnd(2_000)));
    const waiting = attempt(by, event("late".padEnd(2_000)));
    late.get("late".padEnd(2_000))?.reject(new Error("breaks readers"));
    // Node would say now that nobody heard of it.
    await turns(5);
    log.thaw();
    await turns(20);
    expect(before.outcome).toMatchObject({ ids: [expect.any(String)] });
    expect(waiting.outcome).toMatchObject({ message: "breaks readers" });
  });

  test("one that never comes holds up its key until its call gives up, and keeps no room", async () => {
    const { encode } = lateBodies();
    const by = producer({ maxBufferedBytes: 3_000 }, { encode });
    const never = attempt(by, event("late".padEnd(2_000)));
    await turns(5);
    vi.advanceTimersByTime(600);
    const after = attempt(by, event("after"));
    await turns(5);
    vi.advanceTimersByTime(400);
    await turns(20);
    expect(never.outcome).toMatchObject({
      code: "LOG_UNAVAILABLE",
      outcomeUnknown: false,
      message: expect.stringContaining("REGISTRY_UNAVAILABLE in the app's log says why") as unknown,
    });
    expect(after.outcome).toMatchObject({ ids: [expect.any(String)] });
    await by.send([event("2".padEnd(2_000))]);
  });

  test("they are not waited for when the app stops", async () => {
    const { encode } = lateBodies();
    const by = producer({}, { encode });
    const send = attempt(by, event("late"));
    await turns(5);
    stopping.abort();
    await turns(5);
    expect(send.outcome).toMatchObject({ code: "LOG_ABORTED", outcomeUnknown: false });
  });
});

test("an append that fails as none should leaves its events in doubt", async () => {
  const by = producer();
  log.onAppend = () => ({ before: () => Promise.reject(new Error("odd")) });
  const send = attempt(by, event(1));
  await turns(10);
  expect(send.outcome).toBeInstanceOf(LogError);
  expect(send.outcome).toMatchObject({ code: "LOG_FAILED", outcomeUnknown: true, deliveries: [{ status: "unknown" }] });
});
