// A new version of a consumer takes the place of the old one while workers of both, and the command that swaps them, die by SIGKILL: each event is
// handled by one of them, by never both, and by never none, in the order of its key over the seam (R4, R5, R6, R7).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { rebuildDigest, verify } from "../../../engine/replay/verify.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { consumerTopics } from "../../../engine/task/consumer/consumer-topics.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { foldLedger, LEDGER, nameOfLedger, type LedgerData } from "../../support/faults/consumers.ts";
import { startEffectCounter, type Effect } from "../../support/faults/effect-counter.ts";
import { until } from "../../support/faults/until.ts";
import { WorkerProcess } from "../../support/faults/worker-process.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { leash } from "../../support/kafka/leash.ts";

/** How often the command is killed before it may end. */
const KILLS = rounds(0.25);
const PARTITIONS = 4;
const CUSTOMERS = 20;
const VERSIONS = [1, 2] as const;

/** `millrace consumers swap`, as people give it. */
class SwapCommand {
  readonly over: Promise<number | null>;
  said = "";
  readonly #child;

  constructor(app: string) {
    const main = path.resolve(import.meta.dirname, "../../../cli/main.ts");
    const flags = ["--app", app, "--brokers", kafkaBrokers().join(","), "--consumer", LEDGER, "--to", "2"];
    this.#child = spawn(process.execPath, ["--conditions=@millrace/source", main, "consumers", "swap", ...flags]);
    const { pid, stderr, stdout } = this.#child;
    if (pid === undefined) throw new Error("the command could not be started");
    const unleash = leash(pid, null);
    for (const stream of [stderr, stdout]) stream.on("data", (text: Buffer) => (this.said += text.toString()));
    this.over = once(this.#child, "exit").then(([code]) => {
      unleash();
      return code as number | null;
    });
  }

  async kill9(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.over;
  }
}

test(`two versions of a consumer, whose workers and swap are killed ${KILLS} times: each event is handled by one of them, in its key's order`, async () => {
  const chance = chanceFor("consumer-swap");
  const id = `swapping-${randomUUID().slice(0, 8)}`;
  const kafka = { kind: "kafka" as const, brokers: [...kafkaBrokers()] };
  const log = await openKafkaLog({ brokers: kafka.brokers });
  await using counter = await startEffectCounter();
  const sender = new Millrace({ id, log: kafka, partitions: PARTITIONS, logger: pino({ level: "silent" }) });
  const worker = (version: number): WorkerProcess =>
    new WorkerProcess({
      app: { id, partitions: PARTITIONS, log: { ...kafka, sessionTimeoutMs: 2_000 }, stopGraceMs: 2_000 },
      functions: version === 1 ? "consuming" : "consuming-anew",
      effectsUrl: counter.url,
    });
  const sent = new Map<string, LedgerData>();
  let isOver = false;
  const handledBy = (version: number): readonly Effect[] =>
    counter.effects.filter(({ functionId }) => functionId === nameOfLedger(version));
  // One after the other: the second is to find the first.
  const workers = new Map([[1, worker(1)]]);
  const sending = (async () => {
    for (let n = 0; !isOver; n++) {
      const events = Array.from({ length: chance.between(1, 10) }, (_, index) => {
        const data = { customer: `c${chance.between(1, CUSTOMERS)}`, amount: sent.size + index + 1, flaky: chance.random() < 0.05 };
        return { name: "order/placed", id: `order-${n}-${index}`, key: `order-${n}-${index}`, data };
      });
      await sender.send(events);
      for (const { id: event, data } of events) sent.set(event, data);
      await delay(chance.between(1, 30));
    }
  })();
  let command: SwapCommand | null = null;
  try {
    await workers.get(1)?.started;
    workers.set(2, worker(2));
    await workers.get(2)?.started;
    await until("the old one handles events", () => handledBy(1).length > 50);
    for (let kill = 0; kill < KILLS; kill++) {
      command = new SwapCommand(id);
      // Somewhere between its start and its end.
      await delay(chance.between(300, 4_000));
      const victim = chance.pick([1, 2, 1, 2, 0]);
      if (victim !== 0) {
        await workers.get(victim)?.kill9();
        workers.set(victim, worker(victim));
      }
      await delay(chance.between(0, 1_500));
      await command.kill9();
    }
    await until(
      "the command ends",
      async () => {
        command = new SwapCommand(id);
        return (await command.over) === 0;
      },
      {
        timeoutMs: 90_000,
        insteadShow: () => [
          command?.said,
          [...workers.values()].map(({ isGone, said }) => [isGone, said.filter(({ level }) => level > 30).slice(-8)]),
        ],
      },
    );
    const atSwap = handledBy(2).length;
    await until("the new one handles events", () => handledBy(2).length > atSwap + 50);
    isOver = true;
    await sending;

    const states = await until(
      "all events are in the state, and handled",
      async () => {
        const folded = await foldLedger(log, id, PARTITIONS, 2);
        const seen = folded.flatMap(({ consumer }) => [...(consumer.stores.get("seen")?.values() ?? [])]);
        const count = seen.reduce((sum, ids) => sum + (JSON.parse(ids) as string[]).length, 0);
        return count >= sent.size && folded.every(({ consumer }) => consumer.owed.size === 0) ? folded : null;
      },
      { timeoutMs: 90_000 },
    );
    // Each by one, and none by nobody; the same call again has the same key.
    const byEvent = Map.groupBy(counter.effects, ({ eventId }) => eventId);
    expect(new Set(byEvent.keys())).toEqual(new Set(sent.keys()));
    for (const [, calls] of byEvent) {
      expect(new Set(calls.map(({ functionId }) => functionId)).size).toBe(1);
      expect(new Set(calls.map(({ run }) => run)).size).toBe(1);
    }
    expect(new Set(counter.effects.map(({ run }) => run)).size).toBe(sent.size);
    for (const customer of new Set([...sent.values()].map((data) => data.customer))) {
      const calls = counter.effects.filter(({ step }) => step === customer);
      // The old one is through with a key before the new one begins.
      const order = calls.map(({ functionId }) => (functionId === nameOfLedger(1) ? 1 : 2));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      // Each in the order in which its own state has them.
      for (const version of VERSIONS) {
        const folded = version === 2 ? states : await foldLedger(log, id, PARTITIONS, 1);
        const text = folded.flatMap(({ consumer }) => consumer.stores.get("seen")?.get(customer) ?? [])[0] ?? "[]";
        const mine = new Set(calls.filter(({ functionId }) => functionId === nameOfLedger(version)).map(({ eventId }) => eventId));
        expect([...mine]).toEqual((JSON.parse(text) as readonly string[]).filter((event) => mine.has(event)));
      }
      // What the new one keeps is of all events, also of those that it did not handle.
      const all = [...sent].filter(([, data]) => data.customer === customer);
      const sums = states.flatMap(({ consumer }) => consumer.stores.get("sum")?.get(customer) ?? []);
      expect(sums).toEqual([String(all.reduce((sum, [, { amount }]) => sum + amount, 0))]);
    }
    for (const version of VERSIONS) {
      const topics = consumerTopics(appTopics(id), LEDGER, version);
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const { image, ...rebuilt } = await verify({ log, topics, partition });
        expect(await rebuildDigest({ log, topics, partition, untilLsn: rebuilt.lsn })).toEqual(rebuilt);
        if (image !== undefined) expect(image).toMatchObject({ isEqual: true });
      }
    }
    console.info(`swap: ${sent.size} events, ${handledBy(1).length} calls of the old one, ${handledBy(2).length} of the new one`);
  } finally {
    isOver = true;
    await sending.catch(() => {});
    await command?.kill9();
    await Promise.all([...workers.values()].map((one) => one.kill9()));
    await sender.stop();
    await log.close();
  }
}, 240_000);
