import { expect, test } from "vitest";
import {
  decideConsume,
  decideConsumeAgain,
  decideConsumeEvent,
  homeOfKey,
  type Reduce,
} from "../../../../engine/workflow/consumer/consume.ts";
import { decideEndHandlings, decideFailHandling } from "../../../../engine/workflow/consumer/handling.ts";
import type { ConsumerSpec } from "../../../../engine/workflow/consumer/spec.ts";
import type { Decided, Decision } from "../../../../engine/workflow/decision.ts";
import type { EventArrived } from "../../../../engine/workflow/event/arrive.ts";
import { evolve } from "../../../../engine/workflow/evolve.ts";
import type { ConsumeAgain, EventConsumed, JournalRecord } from "../../../../engine/workflow/records.ts";
import { emptyState, type PartitionState, type SourceState } from "../../../../engine/workflow/state.ts";
import { manifestText } from "../../../../engine/workflow/trigger/manifest.ts";
import { T0 } from "../../../support/fake-clock.ts";

const TOPIC = "app.events";
const PARTITIONS = 4;
/** Keys whose home is partition 0, and one that lives elsewhere. */
const [HERE = "", ALSO_HERE = ""] = keysOf((home) => home === 0);
const [ELSEWHERE = ""] = keysOf((home) => home === 2);

function keysOf(suits: (home: number) => boolean): readonly string[] {
  return Array.from({ length: 100 }, (_, n) => `k${n}`).filter((key) => suits(homeOfKey(key, PARTITIONS)));
}

const AGAIN: ConsumeAgain = {
  type: "ConsumeAgain",
  letter: "app.c.dead-letter:0:0",
  event: {
    id: "e1",
    name: "order/placed",
    data: "1",
    time: T0,
    key: HERE,
    topic: TOPIC,
    partition: 0,
    offset: 7,
    appendedAt: T0,
    corrects: null,
    trace: null,
  },
  isReduced: true,
};

class Partition {
  readonly state: PartitionState = emptyState(0, PARTITIONS);
  readonly #source: SourceState;

  constructor(spec: Partial<ConsumerSpec> = {}) {
    const consumer: ConsumerSpec = {
      id: "c",
      version: 1,
      builds: false,
      events: ["order/*"],
      key: null,
      stores: ["last"],
      handles: true,
      ...spec,
    };
    const content = manifestText({ functions: [], sources: [{ topic: TOPIC, partitions: PARTITIONS, from: "beginning" }], consumer });
    const from = [{ topic: TOPIC, partition: 0, offset: 0 }];
    this.fold({ type: "ManifestActivated", version: 1, hash: "h", content, from });
    const source = this.state.sources.get(`${TOPIC}/0`);
    if (source === undefined) throw new Error("no source");
    this.#source = source;
  }

  fold(...records: readonly JournalRecord[]): this {
    for (const record of records) evolve(this.state, record, T0);
    return this;
  }

  read(over: Partial<EventArrived["event"]> = {}, reduce: Reduce = keepLast): Decision {
    const event = { id: "e1", name: "order/placed", data: "1", time: T0, key: HERE, once: { by: "id" as const, key: "e1" }, ...over };
    const place = { topic: TOPIC, partition: 0, offset: 7 };
    return decideConsume(this.state, this.#source, { type: "EventArrived", ...place, appendedAt: T0, event, isIdIgnored: false }, reduce);
  }

  take(over: Partial<EventArrived["event"]> = {}): this {
    return this.fold(...decidedIn(this.read(over)).records);
  }
}

const keepLast: Reduce = (event) => ({ ok: true, values: [{ store: "last", value: event.data === "null" ? null : event.data }] });

function decidedIn(decision: Decision): Decided {
  if (decision.outcome !== "decided") throw new Error(decision.why);
  return decision;
}

function consumed(decision: Decision): EventConsumed | undefined {
  return decidedIn(decision).records.find((record) => record.type === "EventConsumed");
}

test("an event at home is one record: what the reducers made of it, and what is owed to the handler (R2, R5)", () => {
  const decision = new Partition().read();
  expect(decidedIn(decision).messages).toEqual([]);
  expect(decidedIn(decision).records).toMatchObject([
    { type: "EventConsumed", key: HERE, owed: 0, event: { id: "e1", data: "1", offset: 7 }, values: [{ store: "last", value: "1" }] },
  ]);
});

test("an event whose key lives elsewhere is told there, and changes nothing here (R7)", () => {
  expect(new Partition().read({ key: ELSEWHERE })).toMatchObject({
    records: [],
    messages: [{ to: 2, body: { type: "ConsumeEvent", key: ELSEWHERE, event: { id: "e1" } } }],
  });
});

test("who is told takes it in as if it had read it", () => {
  const { state } = new Partition();
  const event = {
    id: "e9",
    name: "order/placed",
    data: "9",
    time: T0,
    key: "x",
    topic: TOPIC,
    partition: 3,
    offset: 1,
    appendedAt: T0,
    corrects: null,
    trace: null,
  };
  expect(decideConsumeEvent(state, { type: "ConsumeEvent", key: HERE, event, isHandled: true }, keepLast)).toMatchObject({
    records: [{ type: "EventConsumed", key: HERE, event, owed: 0, values: [{ store: "last", value: "9" }] }],
  });
});

test("without a handler nothing is owed, and an event that changes nothing leaves no record", () => {
  const plain = new Partition({ handles: false });
  expect(consumed(plain.read())).toMatchObject({ event: null, owed: null, values: [{ store: "last" }] });
  expect(plain.read({}, () => ({ ok: true, values: [] }))).toMatchObject({ outcome: "ignored" });
});

test("other names, and ids that came before, are passed over", () => {
  const partition = new Partition();
  expect(partition.read({ name: "user/signed.up" })).toMatchObject({ outcome: "ignored" });
  partition.state.sources.get(`${TOPIC}/0`)?.ids.set("e1", T0);
  expect(partition.read()).toMatchObject({ outcome: "ignored", why: "duplicate" });
});

test("what has no key is kept by its id; where nothing is kept of it, it stays where it was read", () => {
  expect(decidedIn(new Partition().read({ key: null, id: ELSEWHERE })).messages).toMatchObject([{ to: 2, body: { key: ELSEWHERE } }]);
  expect(consumed(new Partition({ stores: [] }).read({ key: null, id: ELSEWHERE }))).toMatchObject({ key: ELSEWHERE });
});

test("a key in CEL is what the event has there; where it has nothing, or its own key is too long, the event is set aside (R11)", () => {
  const keyed = new Partition({ key: "event.data.customer" });
  expect(consumed(keyed.read({ key: ELSEWHERE, data: JSON.stringify({ customer: HERE }) }))).toMatchObject({ key: HERE });
  expect(decidedIn(keyed.read({ data: "{}" })).records).toMatchObject([
    { type: "InputRejected", code: "CONSUMER_KEY_MISSING", topic: TOPIC, partition: 0, offset: 7 },
    { type: "EmissionOwed", target: "deadLetter" },
  ]);
  expect(decidedIn(new Partition().read({ key: "k".repeat(1_025) })).records).toMatchObject([{ code: "CONSUMER_KEY_TOO_LONG" }, {}]);
});

test("an event that a reducer refuses is a dead letter that can be sent again, and nothing else", () => {
  const { records } = decidedIn(new Partition().read({}, () => ({ ok: false, code: "CONSUMER_REDUCER_FAILED", reason: "no" })));
  const [said, letter] = records;
  expect(said).toMatchObject({ type: "InputRejected", code: "CONSUMER_REDUCER_FAILED", reason: "no" });
  if (letter?.type !== "EmissionOwed") throw new Error("no letter");
  const headers = Object.fromEntries(Object.entries(letter.headers).map(([name, text]) => [name, text.toString()]));
  expect(headers).toMatchObject({ ce_id: "e1", ce_type: "order/placed", "mr-code": "CONSUMER_REDUCER_FAILED", "mr-offset": "7" });
  expect(letter.value?.toString()).toBe("1");
  expect(records).toHaveLength(2);
});

test("what is owed has the state as it was with its event, whatever comes after", () => {
  const { state } = new Partition().take().take({ id: "e2", data: "2" }).take({ id: "e3", data: "null" });
  expect([...state.consumer.owed.values()].map((owed) => owed.state)).toEqual([[["last", "1"]], [["last", "2"]], []]);
  expect(state.consumer.stores.size).toBe(0);
});

const FAILED = {
  type: "FailHandling" as const,
  number: 0,
  attempt: 0,
  error: { name: "Error", message: "no", stack: null },
  wish: { kind: "policy" as const },
  retries: 1,
  random: 0.5,
};

test("a handling that failed is owed on, until its last attempt sets the event aside and ends it in one decision", () => {
  const partition = new Partition().take().take({ id: "e2", key: ALSO_HERE });
  const first = decidedIn(decideFailHandling(partition.state, FAILED, T0));
  expect(first.records).toMatchObject([{ type: "HandlingFailed", number: 0, attempt: 0, retryAt: T0 + 1_000 }]);
  partition.fold(...first.records);
  expect(partition.state.consumer.owed.get(0)).toMatchObject({ attempt: 1, retryAt: T0 + 1_000 });
  expect(decideFailHandling(partition.state, FAILED, T0)).toMatchObject({ outcome: "ignored" });
  const last = decidedIn(decideFailHandling(partition.state, { ...FAILED, attempt: 1 }, T0));
  expect(last.records).toMatchObject([
    { type: "InputRejected", code: "CONSUMER_HANDLER_FAILED", reason: "its handler threw Error: no" },
    { type: "EmissionOwed", target: "deadLetter" },
    { type: "HandlingEnded", numbers: [0] },
  ]);
  partition.fold(...last.records);
  expect([...partition.state.consumer.owed.keys()]).toEqual([1]);
});

test("a handling ends once, and numbers go on where they were", () => {
  const partition = new Partition().take().take({ id: "e2", key: ALSO_HERE });
  const ended = decidedIn(decideEndHandlings(partition.state, { type: "EndHandlings", numbers: [0, 1, 99] }));
  expect(ended.records).toEqual([{ type: "HandlingEnded", numbers: [0, 1] }]);
  partition.fold(...ended.records);
  expect(decideEndHandlings(partition.state, { type: "EndHandlings", numbers: [0, 1] })).toMatchObject({ outcome: "ignored" });
  expect(consumed(partition.read({ id: "e3" }))).toMatchObject({ owed: 2 });
});

test("an event that was set aside before it changed anything is reduced and handled once more", () => {
  const { state } = new Partition();
  expect(decideConsumeAgain(state, { ...AGAIN, isReduced: false }, keepLast)).toMatchObject({
    records: [{ type: "EventConsumed", key: HERE, event: { id: "e1" }, owed: 0, values: [{ store: "last" }] }],
  });
});

test("an event whose handler failed is handled once more, and does not count in the state twice", () => {
  const { state } = new Partition();
  expect(decideConsumeAgain(state, AGAIN, keepLast)).toMatchObject({
    records: [{ type: "EventConsumed", key: HERE, owed: 0, values: [] }],
  });
});

test("an event that is taken once more goes to the partition of its key, wherever it was told", () => {
  const { state } = new Partition();
  const message = { ...AGAIN, event: { ...AGAIN.event, key: ELSEWHERE } };
  expect(decideConsumeAgain(state, message, keepLast)).toMatchObject({ records: [], messages: [{ to: 2, body: message }] });
});
