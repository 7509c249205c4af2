// Two versions of a consumer whose owners die at any moment, and commands by which the new one takes over, that overlap and are interrupted anywhere:
// each event is handled by one of them, by never both, and by never none, in the order of its key (R5, R7).
import fc from "fast-check";
import { pino } from "pino";
import { expect, test } from "vitest";
import { rebuildDigest, verify } from "../../engine/replay/verify.ts";
import { declareConsumer } from "../../engine/sdk/create-consumer.ts";
import type { ConsumerCode } from "../../engine/task/consumer/consumer-code.ts";
import { swapConsumer } from "../../engine/worker/swap/swap.ts";
import { SwapError } from "../../engine/worker/swap/swap-error.ts";
import { homeOfKey } from "../../engine/workflow/consumer/consume.ts";
import type { PartitionState } from "../../engine/workflow/state.ts";
import { APP, ConsumerBench, PARTITIONS } from "../support/consumers/consumer-bench.ts";
import { settling, turns } from "../support/fake-clock.ts";
import { rounds, untilMet } from "../support/rounds.ts";

interface Data {
  readonly k: string;
  /** So many of the handler's calls for it fail. */
  readonly fails: number;
}

interface Call {
  readonly version: number;
  readonly key: string;
  readonly id: string;
  readonly idempotencyKey: string;
}

interface Sent {
  readonly id: string;
  readonly data: Data;
  readonly partition: number;
}

const partition = fc.nat(PARTITIONS - 1);
const version = fc.constantFrom(1, 2);
const happening = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      partition,
      count: fc.integer({ min: 1, max: 4 }),
      k: fc.constantFrom("a", "b", "c", "d"),
      fails: fc.constantFrom(0, 0, 0, 0, 1),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.constantFrom(10, 300, 700, 5_000) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("turns" as const), count: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("die" as const), version, partition }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("die at an append" as const),
      version,
      partition,
      topic: fc.constantFrom("journal" as const, "journal" as const, "inbox" as const, "state" as const),
      when: fc.constantFrom("before" as const, "after" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose answers" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("slow appends" as const),
      version,
      partition,
      topic: fc.constantFrom("journal" as const, "inbox" as const),
      count: fc.integer({ min: 1, max: 6 }),
      ms: fc.constantFrom(20, 350, 900),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hand over" as const), version, partition }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("command" as const),
      compare: fc.constantFrom(undefined, undefined, "refuse" as const, "report" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("kill a command" as const), which: fc.nat(2) }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

interface Covered {
  told: number;
  byOld: number;
  byNew: number;
  deaths: number;
  killed: number;
  refused: number;
  overlapping: number;
  early: number;
}

function codeOf(of: number, calls: Call[], pause: () => Promise<void>, differs: boolean): ConsumerCode {
  const declared = declareConsumer({
    id: "c",
    version: of,
    events: ["e"],
    from: "beginning",
    key: "event.data.k",
    state: {
      // In an order that does not depend on which of two partitions was read first.
      seen: (ids, event) => [...((ids as string[] | undefined) ?? []), event.id].toSorted(),
      count: (count) => ((count as number | undefined) ?? 0) + (differs && of === 2 ? 2 : 1),
    },
    handle: async ({ event, idempotencyKey, attempt }) => {
      const { k, fails } = event.data as Data;
      calls.push({ version: of, key: k, id: event.id, idempotencyKey });
      await pause();
      if (attempt < fails) throw new Error("not yet");
    },
    retries: 2,
    maxWaiting: 8,
  });
  const code = declared.code(pino({ level: "silent" }));
  return { ...code, spec: { ...code.spec, builds: of > 1 }, random: () => 0.5 };
}

test("whoever dies when, and whatever commands overlap: each event is handled by one version, in its key's order, and none is lost (R5, R7)", async () => {
  const covered: Covered = { told: 0, byOld: 0, byNew: 0, deaths: 0, killed: 0, refused: 0, overlapping: 0, early: 0 };
  await untilMet(
    () => covered,
    { told: 100, byOld: 100, byNew: 60, deaths: 20, killed: 2, overlapping: 5, early: 0 },
    () =>
      fc.assert(
        fc.asyncProperty(fc.array(happening, { minLength: 10, maxLength: 50, size: "max" }), fc.boolean(), async (history, differs) => {
          await play(history, differs, covered);
        }),
        rounds(40),
      ),
  );
}, 120_000);

async function play(history: readonly Happening[], differs: boolean, covered: Covered): Promise<void> {
  const calls: Call[] = [];
  const sent: Sent[] = [];
  let clockPause = (): Promise<void> => Promise.resolve();
  const codes = [1, 2].map((of) => codeOf(of, calls, () => clockPause(), differs));
  const [first, second] = codes;
  if (first === undefined || second === undefined) throw new Error("two versions");
  await using old = await ConsumerBench.open(first);
  const next = await old.beside(second);
  await using owners = new AsyncDisposableStack();
  owners.defer(() => next.abandon());
  const benches = [old, next];
  const benchOf = (of: number): ConsumerBench => (of === 1 ? old : next);
  const { clock, log } = old;
  clockPause = () => new Promise((resolve) => clock.setTimer(5, resolve));
  const own = async (): Promise<void> => {
    for (const bench of benches) for (let p = 0; p < PARTITIONS; p++) await bench.own(p);
  };
  const send = async (what: Extract<Happening, { kind: "send" }>): Promise<void> => {
    for (let n = 0; n < what.count; n++) {
      const data: Data = { k: what.k, fails: what.fails };
      const id = await old.send(what.partition, { key: `other-${n}`, data });
      sent.push({ id, data, partition: what.partition });
    }
  };
  const commands = new Map<AbortController, Promise<unknown>>();
  const begin = (compare?: "refuse" | "report"): Promise<unknown> => {
    const abort = new AbortController();
    if (commands.size > 0) covered.overlapping += 1;
    const options = { log, app: APP, consumer: "c", from: 1, to: 2, clock, signal: abort.signal, timeoutMs: 20_000 };
    const over = swapConsumer({ ...options, ...(compare === undefined ? {} : { compare }) })
      .catch((error: unknown) => {
        if (error instanceof SwapError && error.code === "SWAP_DIFFERS") covered.refused += 1;
        if (error instanceof SwapError || abort.signal.aborted) return error;
        throw error;
      })
      .finally(() => commands.delete(abort));
    commands.set(abort, over);
    return over;
  };
  let fate: Extract<Happening, { kind: "die at an append" }> | null = null;
  let losing = 0;
  const slow = new Map<string, { left: number; readonly ms: number }>();
  log.onAppend = ({ target }) => {
    const slowed = slow.get(`${target.topic}/${target.partition}`);
    if (slowed !== undefined && slowed.left > 0) {
      slowed.left -= 1;
      return { before: () => new Promise<void>((resolve) => clock.setTimer(slowed.ms, resolve)) };
    }
    if (losing > 0 && target.topic.includes(".c.")) return { lostAnswers: losing-- };
    if (fate === null || target.topic !== benchOf(fate.version).topics[fate.topic]) return null;
    const { when, partition: of, version: ofVersion } = fate;
    fate = null;
    covered.deaths += 1;
    return { [when]: () => Promise.resolve(benchOf(ofVersion).owner(of)?.task.abandon()) };
  };
  for (const what of history) {
    await own();
    switch (what.kind) {
      case "send":
        await send(what);
        break;
      case "time":
        await clock.advance(what.ms);
        break;
      case "turns":
        await turns(what.count);
        break;
      case "die":
        covered.deaths += 1;
        benchOf(what.version).owner(what.partition)?.task.abandon();
        break;
      case "die at an append":
        fate = what;
        break;
      case "lose answers":
        losing = 2;
        break;
      case "slow appends":
        slow.set(`${benchOf(what.version).topics[what.topic]}/${what.partition}`, { left: what.count, ms: what.ms });
        break;
      case "hand over": {
        const owner = await benchOf(what.version).own(what.partition);
        await settling(clock, owner.task.leave.announce(clock.wallMs() + 10_000));
        await settling(clock, owner.task.leave.finish(200));
        break;
      }
      case "command":
        void begin(what.compare);
        break;
      case "kill a command": {
        const [abort] = [...commands.keys()].slice(what.which);
        if (abort === undefined) break;
        covered.killed += 1;
        abort.abort();
        break;
      }
    }
  }
  fate = null;
  losing = 0;
  const passing = async (): Promise<void> => {
    await own();
    await turns(20);
    await clock.advance(300);
  };
  for (let n = 0; commands.size > 0; n++) {
    if (n > 500) throw new Error("a command does not end");
    await passing();
  }
  if (calls.some((call) => call.version === 2)) covered.early += 1;
  let swapped: unknown = null;
  void begin().then((result) => (swapped = result));
  for (let n = 0; swapped === null; n++) {
    if (n > 500) throw new Error("the last command does not end");
    await passing();
  }
  expect(swapped).toEqual({ compared: null });
  for (let p = 0; p < PARTITIONS; p++)
    for (const k of ["a", "b"] as const) await send({ kind: "send", partition: p, count: 1, k, fails: 0 });
  const states = await next.drained();
  check(calls, sent, states, differs);
  covered.told += sent.filter(({ data, partition: at }) => homeOfKey(data.k, PARTITIONS) !== at).length;
  covered.byOld += calls.filter((call) => call.version === 1).length;
  covered.byNew += calls.filter((call) => call.version === 2).length;
  for (const bench of benches) {
    for (let p = 0; p < PARTITIONS; p++) {
      const { task } = await bench.own(p);
      const live = await task.digest();
      expect(await rebuildDigest({ log, topics: bench.topics, partition: p, untilLsn: live.lsn })).toEqual(live);
      task.abandon();
      await turns(5);
      const { image } = await verify({ log, topics: bench.topics, partition: p });
      if (image !== undefined) expect(image).toMatchObject({ isEqual: true });
    }
  }
}

function check(calls: readonly Call[], sent: readonly Sent[], states: readonly PartitionState[], differs: boolean): void {
  const byEvent = Map.groupBy(calls, ({ id }) => id);
  expect([...byEvent.keys()].toSorted()).toEqual(sent.map(({ id }) => id).toSorted());
  for (const [, ofEvent] of byEvent) {
    expect(new Set(ofEvent.map((call) => call.version)).size).toBe(1);
    expect(new Set(ofEvent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  }
  for (const [key, ofKey] of Map.groupBy(calls, (call) => call.key)) {
    const versions = ofKey.map((call) => call.version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    const mine = sent.filter(({ data }) => data.k === key);
    // Those of one partition in their order there, whoever handles them; an event comes again, but never after the next one.
    for (let p = 0; p < PARTITIONS; p++) {
      const inOrder = mine.filter((one) => one.partition === p).map(({ id }) => id);
      const places = ofKey.map(({ id }) => inOrder.indexOf(id)).filter((place) => place >= 0);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
    const { stores } = states[homeOfKey(key, PARTITIONS)]?.consumer ?? { stores: new Map<string, Map<string, string>>() };
    expect(JSON.parse(stores.get("seen")?.get(key) ?? "[]")).toEqual(mine.map(({ id }) => id).toSorted());
    expect(stores.get("count")?.get(key)).toBe(String(mine.length * (differs ? 2 : 1)));
  }
}
