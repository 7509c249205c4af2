// A consumer whose owners die at any moment, with events that are read in one partition and belong to another: what it keeps is what a plain fold
// makes of the events, each of them once (R1, R2, R5, R7), and its handler sees each of them, in the order of its key.
import fc from "fast-check";
import { expect, test } from "vitest";
import { rebuildDigest, verify } from "../../engine/replay/verify.ts";
import { declareConsumer } from "../../engine/sdk/create-consumer.ts";
import type { ConsumerCode } from "../../engine/task/consumer/consumer-code.ts";
import { homeOfKey } from "../../engine/workflow/consumer/consume.ts";
import type { PartitionState } from "../../engine/workflow/state.ts";
import { pino } from "pino";
import { ConsumerBench, PARTITIONS, TOPICS } from "../support/consumers/consumer-bench.ts";
import { settling, turns } from "../support/fake-clock.ts";
import { rounds, untilMet } from "../support/rounds.ts";

interface Data {
  readonly n: number;
  readonly k: string;
  /** So many of the handler's calls for it fail. */
  readonly fails: number;
  /** The key is forgotten in `sum`. */
  readonly ends?: boolean;
  /** The reducer throws. */
  readonly isBad?: boolean;
}

const partition = fc.nat(PARTITIONS - 1);
const happening = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      partition,
      count: fc.integer({ min: 1, max: 4 }),
      k: fc.constantFrom("a", "b", "c", "d"),
      fails: fc.constantFrom(0, 0, 0, 0, 1, 3),
      ends: fc.boolean(),
      isBad: fc.constantFrom(false, false, false, false, false, true),
      isTwice: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.constantFrom(10, 700, 5_000, 31_000) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("turns" as const), count: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("die" as const), partition }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("die at an append" as const),
      partition,
      topic: fc.constantFrom(TOPICS.journal, TOPICS.journal, TOPICS.inbox, TOPICS.state),
      when: fc.constantFrom("before" as const, "after" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose answers" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hand over" as const), partition }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pause" as const), isOn: fc.boolean() }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

interface Call {
  readonly key: string;
  readonly id: string;
  readonly idempotencyKey: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly attempt: number;
}

interface Sent {
  readonly id: string;
  readonly data: Data;
  readonly partition: number;
}

const RETRIES = 2;

/** What reducers make of the events of a key, in the order in which they came. */
function folded(events: readonly Sent[]): { readonly sum?: number; readonly seen?: readonly string[] } {
  let sum: number | undefined;
  for (const { data } of events) sum = data.ends === true ? undefined : (sum ?? 0) + data.n;
  return { ...(events.length === 0 ? {} : { seen: events.map(({ id }) => id) }), ...(sum === undefined ? {} : { sum }) };
}

function dataOf(event: { readonly data: unknown }): Data {
  return event.data as Data;
}

test("whoever dies when: the state is the plain fold of the events, each once, and each is handled, in the order of its key (R1, R5, R7)", async () => {
  const seen = { told: 0, again: 0, images: 0, deadLetters: 0, deaths: 0 };
  await untilMet(
    () => seen,
    { told: 50, again: 0, images: 10, deadLetters: 10, deaths: 20 },
    () =>
      fc.assert(
        fc.asyncProperty(fc.array(happening, { minLength: 5, maxLength: 40, size: "max" }), async (history) => {
          const played = await play(history);
          for (const name of ["told", "again", "images", "deadLetters", "deaths"] as const) seen[name] += played[name];
        }),
        rounds(60),
      ),
  );
}, 120_000);

async function play(history: readonly Happening[]): Promise<Record<"told" | "again" | "images" | "deadLetters" | "deaths", number>> {
  const calls: Call[] = [];
  let pause = (): Promise<void> => Promise.resolve();
  const declared = declareConsumer({
    id: "c",
    events: ["e"],
    from: "beginning",
    key: "event.data.k",
    state: {
      sum: (sum, event) => {
        const { isBad, ends, n } = dataOf(event);
        if (isBad === true) throw new Error("no");
        return ends === true ? undefined : ((sum as number | undefined) ?? 0) + n;
      },
      seen: (ids, event) => [...((ids as string[] | undefined) ?? []), event.id],
    },
    handle: async ({ event, state, idempotencyKey, attempt }) => {
      const { k, fails } = dataOf(event);
      calls.push({ key: k, id: event.id, idempotencyKey, state, attempt });
      await pause();
      if (attempt < fails) throw new Error("not yet");
    },
    retries: RETRIES,
    maxWaiting: 8,
  });
  const code: ConsumerCode = { ...declared.code(pino({ level: "silent" })), random: () => 0.5 };
  await using bench = await ConsumerBench.open(code);
  pause = () => new Promise((resolve) => bench.clock.setTimer(5, resolve));
  const sent: Sent[] = [];
  let deaths = 0;
  let fate: Extract<Happening, { kind: "die at an append" }> | null = null;
  let losing = 0;
  bench.log.onAppend = ({ target }) => {
    if (losing > 0 && target.topic === TOPICS.journal) return { lostAnswers: losing-- };
    if (fate === null || target.topic !== fate.topic) return null;
    const { when, partition: of } = fate;
    fate = null;
    deaths += 1;
    return { [when]: () => Promise.resolve(bench.owner(of)?.task.abandon()) };
  };
  for (const what of history) {
    for (let p = 0; p < PARTITIONS; p++) await bench.own(p);
    switch (what.kind) {
      case "send":
        for (let n = 0; n < what.count; n++) {
          const { k, fails, ends, isBad } = what;
          const data: Data = { n: sent.length + 1, k, fails, ...(ends ? { ends } : {}), ...(isBad ? { isBad } : {}) };
          const event = { key: `other-${n}`, data, ...(what.isTwice ? { id: `twice-${sent.length}` } : {}) };
          const id = await bench.send(what.partition, event);
          sent.push({ id, data, partition: what.partition });
          if (what.isTwice) await bench.send(what.partition, event);
        }
        break;
      case "time":
        await bench.clock.advance(what.ms);
        break;
      case "turns":
        await turns(what.count);
        break;
      case "die":
        deaths += 1;
        bench.owner(what.partition)?.task.abandon();
        break;
      case "die at an append":
        fate = what;
        break;
      case "lose answers":
        losing = 2;
        break;
      case "hand over": {
        const owner = await bench.own(what.partition);
        await settling(bench.clock, owner.task.leave.announce(bench.clock.wallMs() + 10_000));
        await settling(bench.clock, owner.task.leave.finish(200));
        break;
      }
      case "pause":
        await bench.tellPause(what.isOn);
        break;
    }
  }
  fate = null;
  losing = 0;
  await bench.tellPause(false);
  for (let p = 0; p < PARTITIONS; p++) await bench.own(p);
  const states = await bench.drained();
  for (const state of states) checkState(state, sent);
  checkCalls(calls, sent, states);
  let images = 0;
  for (let p = 0; p < PARTITIONS; p++) {
    const owner = await bench.own(p);
    expect(owner.said.filter(({ code: said }) => String(said).startsWith("IMAGE_"))).toEqual([]);
    const live = await owner.task.digest();
    const kept = states[p]?.consumer.stores ?? new Map<string, Map<string, string>>();
    for (const store of ["sum", "seen"]) expect(new Map(owner.task.consumer?.entries(store))).toEqual(kept.get(store) ?? new Map());
    expect(await rebuildDigest({ log: bench.log, topics: TOPICS, partition: p, untilLsn: live.lsn })).toEqual(live);
    owner.task.abandon();
    await turns(5);
    const { image } = await verify({ log: bench.log, topics: TOPICS, partition: p });
    if (image === undefined) continue;
    images += 1;
    expect(image).toMatchObject({ isEqual: true });
  }
  const letters = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, p) => bench.log.readAll({ topic: TOPICS.deadLetter, partition: p })),
  );
  const dead = new Set(letters.flat().map(({ headers }) => headers["ce_id"]?.toString() ?? ""));
  const lost = sent.filter(({ data }) => data.isBad === true || data.fails > RETRIES);
  expect([...dead].toSorted()).toEqual(lost.map(({ id }) => id).toSorted());
  const firsts = new Set(calls.filter(({ attempt }) => attempt === 0).map(({ id }) => id));
  const told = sent.filter(({ data, partition: at }) => homeOfKey(data.k, PARTITIONS) !== at).length;
  return { told, again: calls.filter(({ attempt }) => attempt === 0).length - firsts.size, images, deadLetters: dead.size, deaths };
}

/** Each event is in the list of its key once, those of one partition in their order there; all else is what a plain fold makes of that list. */
function checkState({ partition: at, consumer }: PartitionState, sent: readonly Sent[]): void {
  const byId = new Map(sent.map((one) => [one.id, one]));
  for (const key of new Set(sent.map(({ data }) => data.k))) {
    const value = (store: string): unknown => JSON.parse(consumer.stores.get(store)?.get(key) ?? "null") as unknown;
    const mine = homeOfKey(key, PARTITIONS) === at ? sent.filter(({ data }) => data.k === key && data.isBad !== true) : [];
    const order = ((value("seen") ?? []) as readonly string[]).flatMap((id) => byId.get(id) ?? []);
    expect(order.map(({ id }) => id).toSorted()).toEqual(mine.map(({ id }) => id).toSorted());
    for (let p = 0; p < PARTITIONS; p++) {
      const ofPartition = (one: Sent): boolean => one.partition === p;
      expect(order.filter(ofPartition)).toEqual(mine.filter(ofPartition));
    }
    expect({ seen: value("seen"), sum: value("sum") }).toEqual({ seen: null, sum: null, ...folded(order) });
  }
}

/** Calls of a key go through its events in their order: an event comes again, but never after the next. */
function checkCalls(calls: readonly Call[], sent: readonly Sent[], states: readonly PartitionState[]): void {
  const byId = new Map(sent.map((one) => [one.id, one]));
  const keyOf = new Map<string, string>();
  for (const [key, ofKey] of Map.groupBy(calls, (call) => call.key)) {
    const text = states[homeOfKey(key, PARTITIONS)]?.consumer.stores.get("seen")?.get(key) ?? "[]";
    const order = JSON.parse(text) as readonly string[];
    const places = ofKey.map(({ id }) => order.indexOf(id));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect([...new Set(places)]).toEqual(order.map((_, index) => index));
    for (const { id, idempotencyKey, state } of ofKey) {
      expect(keyOf.get(id) ?? idempotencyKey).toBe(idempotencyKey);
      keyOf.set(id, idempotencyKey);
      expect(state).toEqual(folded(order.slice(0, order.indexOf(id) + 1).flatMap((each) => byId.get(each) ?? [])));
    }
    for (const [, attempts] of Map.groupBy(ofKey, ({ id }) => id)) {
      const numbers = attempts.map(({ attempt }) => attempt);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  }
  expect(new Set(keyOf.values()).size).toBe(keyOf.size);
  expect([...keyOf.keys()].toSorted()).toEqual(sent.flatMap(({ id, data }) => (data.isBad === true ? [] : [id])).toSorted());
}
