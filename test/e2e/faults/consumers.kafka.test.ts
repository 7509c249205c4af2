// Workers of a consumer die by SIGKILL at random moments: its state has each event once, in a real Kafka (R1, R5, R7), and its handler sees each,
// in the order of its key, with one idempotency key whoever calls it.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { rebuildDigest, verify } from "../../../engine/replay/verify.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { consumerTopics } from "../../../engine/task/consumer/consumer-topics.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { foldLedger, LEDGER, type LedgerData } from "../../support/faults/consumers.ts";
import { startEffectCounter } from "../../support/faults/effect-counter.ts";
import { until } from "../../support/faults/until.ts";
import { WorkerProcess } from "../../support/faults/worker-process.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const ROUNDS = rounds(0.6);
const PARTITIONS = 4;
const WORKERS = 2;
const CUSTOMERS = 20;

test(`a consumer whose workers are killed ${ROUNDS} times has each event in its state once, and handled in the order of its key (R1, R5, R7)`, async () => {
  const chance = chanceFor("consumers");
  const id = `consuming-${randomUUID().slice(0, 8)}`;
  const topics = consumerTopics(appTopics(id), LEDGER);
  const kafka = { kind: "kafka" as const, brokers: [...kafkaBrokers()] };
  const log = await openKafkaLog({ brokers: kafka.brokers });
  await using counter = await startEffectCounter();
  const sender = new Millrace({ id, log: kafka, partitions: PARTITIONS, logger: pino({ level: "silent" }) });
  const spawn = (): WorkerProcess =>
    new WorkerProcess({
      app: { id, partitions: PARTITIONS, log: { ...kafka, sessionTimeoutMs: 2_000 }, stopGraceMs: 2_000 },
      functions: "consuming",
      effectsUrl: counter.url,
    });
  const workers = Array.from({ length: WORKERS }, spawn);
  const sent = new Map<string, LedgerData>();
  let isOver = false;
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
  try {
    await Promise.all(workers.map(({ started }) => started));
    for (let round = 0; round < ROUNDS; round++) {
      await delay(chance.between(0, 2_500));
      const victim = chance.between(0, workers.length - 1);
      await workers[victim]?.kill9();
      workers[victim] = spawn();
    }
    isOver = true;
    await sending;

    const states = await until(
      "all events are in the state, and handled",
      async () => {
        const folded = await foldLedger(log, id, PARTITIONS);
        const seen = folded.flatMap(({ consumer }) => [...(consumer.stores.get("seen")?.values() ?? [])]);
        const count = seen.reduce((sum, ids) => sum + (JSON.parse(ids) as string[]).length, 0);
        return count >= sent.size && folded.every(({ consumer }) => consumer.owed.size === 0) ? folded : null;
      },
      { timeoutMs: 90_000 },
    );
    let told = 0;
    for (const customer of new Set([...sent.values()].map((data) => data.customer))) {
      const values = (store: string): readonly unknown[] =>
        states.flatMap(({ consumer }) => {
          const value = consumer.stores.get(store)?.get(customer);
          return value === undefined ? [] : [JSON.parse(value) as unknown];
        });
      const mine = [...sent].filter(([, data]) => data.customer === customer);
      // In one partition, each once.
      const order = values("seen") as readonly (readonly string[])[];
      expect(order.map((ids) => ids.toSorted())).toEqual([mine.map(([event]) => event).toSorted()]);
      expect(values("sum")).toEqual([mine.reduce((sum, [, { amount }]) => sum + amount, 0)]);
      // Handled in that order, and what came again came before the next. A handler that was killed in the middle may arrive late.
      const calls = counter.effects.filter(({ step }) => step === customer);
      const firsts = [...new Set(calls.map(({ eventId }) => eventId))];
      expect(firsts).toEqual(order[0]);
      for (const [, ofEvent] of Map.groupBy(calls, ({ eventId }) => eventId)) {
        expect(new Set(ofEvent.map(({ run }) => run)).size).toBe(1);
        told += ofEvent.filter(({ attempt }) => attempt === 0).length;
      }
    }
    expect(new Set(counter.effects.map(({ run }) => run)).size).toBe(sent.size);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { image, ...rebuilt } = await verify({ log, topics, partition });
      expect(await rebuildDigest({ log, topics, partition, untilLsn: rebuilt.lsn })).toEqual(rebuilt);
      if (image !== undefined) expect(image).toMatchObject({ isEqual: true });
    }
    console.info(`consumers: ${sent.size} events, ${counter.effects.length} calls, ${told - sent.size} of first attempts again`);
    expect(sent.size).toBeGreaterThan(10 * ROUNDS);
  } finally {
    isOver = true;
    await sending.catch(() => {});
    await Promise.all(workers.map((worker) => worker.kill9()));
    await sender.stop();
    await log.close();
  }
}, 240_000);
