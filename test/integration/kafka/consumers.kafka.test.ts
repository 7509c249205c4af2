// Consumers as services have them on Kafka: processes that share the partitions, topics of others, and a beginning that is a time.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { verify } from "../../../engine/replay/verify.ts";
import { ConsumerError, Millrace, type Consumer } from "../../../engine/sdk/index.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { consumerTopics } from "../../../engine/task/consumer/consumer-topics.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const PARTITIONS = 4;
const KEYS = Array.from({ length: 20 }, (_, n) => `key-${n}`);

interface Events {
  "thing/counted": { readonly n: number };
}

function newApp(id: string, standbys = 0): Millrace<Events> {
  const log = { kind: "kafka" as const, brokers: [...kafkaBrokers()], sessionTimeoutMs: 2_000 };
  return new Millrace<Events>({ id, log, partitions: PARTITIONS, standbys, stopGraceMs: 2_000, logger: pino({ level: "silent" }) });
}

interface Sums {
  readonly sum: number;
}

function sums(
  app: Millrace<Events>,
  over: { readonly id?: string; readonly topics?: readonly string[]; readonly from?: Date } = {},
): Consumer<Sums> {
  const { id = "sums", from = "beginning", topics } = over;
  return app.createConsumer({
    id,
    events: ["thing/counted"],
    from,
    ...(topics === undefined ? {} : { topics }),
    state: { sum: (sum: number | undefined, event): number => (sum ?? 0) + event.data.n },
  });
}

async function sendAll(app: Millrace<Events>, n: number): Promise<void> {
  await app.send(KEYS.map((key) => ({ name: "thing/counted" as const, key, data: { n } })));
}

/** What each key has, wherever it is. */
async function sumsOf(consumers: readonly Consumer<Sums>[]): Promise<readonly (number | undefined)[]> {
  return Promise.all(
    KEYS.map(async (key) => {
      const asked = await Promise.allSettled(consumers.map((consumer) => consumer.get("sum", key)));
      return asked.find((answer) => answer.status === "fulfilled")?.value;
    }),
  );
}

test("two processes share a consumer's partitions: a key is with one of them, and the other says with whom; who is left has them all", async () => {
  const id = `sharing-${randomUUID().slice(0, 8)}`;
  const apps = [newApp(id, 1), newApp(id, 1)];
  const [one, two] = apps.map((app) => sums(app));
  const [first, second] = apps;
  if (one === undefined || two === undefined || first === undefined || second === undefined) throw new Error("two");
  try {
    await first.start();
    await second.start();
    await sendAll(first, 1);
    await until("both own partitions, and all is counted", async () => {
      const shares = await Promise.all([one.status(), two.status()]);
      return shares.every((share) => share.length === PARTITIONS / 2) && (await sumsOf([one, two])).every((sum) => sum === 1);
    });
    const asked = await Promise.all(KEYS.map((key) => Promise.allSettled([one.get("sum", key), two.get("sum", key)])));
    const refusals = asked.map((answers) => answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : [])));
    expect(refusals.map((of) => of.length)).toEqual(KEYS.map(() => 1));
    for (const refusal of refusals.flat()) {
      expect(refusal).toBeInstanceOf(ConsumerError);
      expect(refusal).toMatchObject({ code: "CONSUMER_NOT_HERE" });
      expect((refusal as ConsumerError).message).toMatch(/which worker \S+ owns\. Ask there/);
    }
    await second.stop();
    await sendAll(first, 10);
    await until("who is left has everything", async () => (await sumsOf([one])).every((sum) => sum === 11));
    const log = await openKafkaLog({ brokers: [...kafkaBrokers()] });
    const topics = consumerTopics(appTopics(id), "sums");
    for (const [partition, live] of await one.digests()) {
      expect(await verify({ log, topics, partition, untilLsn: live.lsn })).toMatchObject(live);
    }
    await log.close();
  } finally {
    await Promise.all(apps.map((app) => app.stop()));
  }
});

test("a consumer of another app's topic begins with the first event since a time, and each counts once through a restart", async () => {
  const source = newApp(`source-${randomUUID().slice(0, 8)}`);
  const id = `reading-${randomUUID().slice(0, 8)}`;
  const topics = [`${source.id}.events`];
  await sendAll(source, 1);
  await delay(20);
  const from = new Date();
  await delay(20);
  await sendAll(source, 10);
  for (const expected of [10, 110]) {
    const app = newApp(id);
    const consumer = sums(app, { topics, from });
    await app.start();
    await until(`each key has ${expected}`, async () => (await sumsOf([consumer])).every((sum) => sum === expected));
    expect(await consumer.status()).toMatchObject(Array.from({ length: PARTITIONS }, () => ({ lag: 0, waiting: 0, problems: [] })));
    await app.stop();
    if (expected === 10) await sendAll(source, 100);
  }
  await source.stop();
});
