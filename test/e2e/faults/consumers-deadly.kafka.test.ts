// On Kafka, with two workers: whoever handles the deadly event dies, and the other one goes on, until it is set aside (DESIGN §6).
import { randomUUID } from "node:crypto";
import pino from "pino";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { foldLedger, type LedgerData } from "../../support/faults/consumers.ts";
import { startEffectCounter } from "../../support/faults/effect-counter.ts";
import { Supervisor } from "../../support/faults/supervisor.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const PARTITIONS = 2;
const WORKERS = 2;
const CUSTOMERS = 40;

test(`a consumer's event that takes down one of ${WORKERS} workers after the other is a dead letter after ten deaths, and all else is handled`, async () => {
  const id = `deadly-${randomUUID().slice(0, 8)}`;
  const kafka = { kind: "kafka" as const, brokers: [...kafkaBrokers()] };
  const app = { id, partitions: PARTITIONS, log: { ...kafka, sessionTimeoutMs: 2_000 } };
  await using counter = await startEffectCounter();
  const sender = new Millrace({ id, log: kafka, partitions: PARTITIONS, logger: pino({ level: "silent" }) });
  const events = Array.from({ length: CUSTOMERS }, (_, n) => order(`c${n}`, `order-${n}`));
  events.splice(CUSTOMERS / 2, 0, order("poison", "poison", { deadly: true }), order("poison", "after the poison"));
  await sender.send(events);
  await sender.stop();

  await using supervisor = new Supervisor({ app, functions: "consuming", effectsUrl: counter.url }, WORKERS);
  await until(
    "all events are handled, that behind the deadly one too",
    () => new Set(counter.effects.map(({ eventId }) => eventId)).size === events.length,
    {
      timeoutMs: 200_000,
      insteadShow: () => ({ deaths: supervisor.deaths, handled: counter.effects.length }),
    },
  );
  expect(supervisor.deaths).toBeLessThanOrEqual(10);
  expect(supervisor.saidCode("CONSUMER_HANDLER_DEADLY").length).toBe(1);
  const log = await openKafkaLog({ brokers: kafka.brokers });
  try {
    await until("nothing is owed", async () => (await foldLedger(log, id, PARTITIONS)).every(({ consumer }) => consumer.owed.size === 0));
  } finally {
    await log.close();
  }
  console.info(`consumers-deadly on Kafka: ${supervisor.deaths} deaths, ${counter.effects.length} calls for ${events.length} events`);
}, 240_000);

function order(customer: string, id: string, more: Partial<LedgerData> = {}) {
  return { name: "order/placed", id, key: customer, data: { customer, amount: 1, ...more } satisfies LedgerData };
}
