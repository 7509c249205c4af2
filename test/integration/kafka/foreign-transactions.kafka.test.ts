// Sources may be written by others, in transactions. (kafkajs' producer stands for them.)
import { randomUUID } from "node:crypto";
import { Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { Log, PartitionReader } from "../../../engine/log/log.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

let log: Log;
beforeAll(async () => {
  log = await openKafkaLog({ brokers: kafkaBrokers() });
});
afterAll(() => log.close());

test("committed data is shown, aborted data never, nor any marker, whatever the keys look like", async () => {
  const topic = await freshTopic();
  await using foreigner = await startForeigner(topic);
  await foreigner.write("commit", ["a", "b"]);
  await foreigner.write("abort", ["hidden 1"], MARKER_LOOKALIKE);
  await foreigner.write("abort", ["hidden 2", "hidden 3"]);
  await log.append({ topic, partition: 0 }, [{ key: MARKER_LOOKALIKE, value: Buffer.from("ours") }]);
  await foreigner.write("commit", ["c"], MARKER_LOOKALIKE);
  for (const mode of ["follow", "bulk"] as const) {
    const { values, nextOffset } = await drain(log.openReader({ topic, partition: 0, from: 0, mode }));
    expect(values).toEqual(["a", "b", "ours", "c"]);
    expect(nextOffset).toBe(await log.latestOffset({ topic, partition: 0 }));
  }
});

test("reading may start inside an aborted transaction", async () => {
  const topic = await freshTopic();
  await using foreigner = await startForeigner(topic);
  await foreigner.write("abort", ["0", "1", "2", "3"]);
  await foreigner.write("commit", ["shown"]);
  const { values } = await drain(log.openReader({ topic, partition: 0, from: 2 }));
  expect(values).toEqual(["shown"]);
});

test("an open transaction holds up committed readers at its start, and uncommitted ones not at all", async () => {
  const topic = await freshTopic();
  await using foreigner = await startForeigner(topic);
  const transaction = await foreigner.producer.transaction();
  await transaction.send({ topic, messages: [{ partition: 0, value: "open" }] });
  await log.append({ topic, partition: 0 }, [{ key: null, value: Buffer.from("ours") }]);
  const committed = log.openReader({ topic, partition: 0, from: 0 });
  expect(await committed.next()).toMatchObject({ records: [], nextOffset: 0, highWatermark: 2 });
  const uncommitted = log.openReader({ topic, partition: 0, from: 0, committedOnly: false });
  expect((await drain(uncommitted)).values).toEqual(["open", "ours"]);
  await transaction.commit();
  expect((await drain(committed)).values).toEqual(["open", "ours"]);
});

const MARKER_LOOKALIKE = Buffer.from([0, 0, 0, 0]);

interface Foreigner extends AsyncDisposable {
  readonly producer: Producer;
  write(end: "commit" | "abort", values: readonly string[], key?: Buffer): Promise<void>;
}

async function startForeigner(topic: string): Promise<Foreigner> {
  const kafka = new Kafka({ brokers: kafkaBrokers(), logLevel: logLevel.NOTHING, retry: { retries: 10, initialRetryTime: 50 } });
  const producer = kafka.producer({
    transactionalId: randomUUID(),
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  await producer.connect();
  return {
    producer,
    async write(end, values, key) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: values.map((value) => ({ partition: 0, value, ...(key === undefined ? {} : { key }) })) });
      await transaction[end]();
    },
    [Symbol.asyncDispose]: () => producer.disconnect(),
  };
}

async function freshTopic(): Promise<string> {
  const topic = `transactions-${randomUUID()}`;
  await log.createTopics([{ topic, partitions: 1, settings: {} }]);
  return topic;
}

async function drain(reader: PartitionReader): Promise<{ values: string[]; nextOffset: number }> {
  const values: string[] = [];
  for (;;) {
    const { records, nextOffset, highWatermark } = await reader.next();
    values.push(...records.map(({ value }) => String(value)));
    if (nextOffset < highWatermark) continue;
    reader.close();
    return { values, nextOffset };
  }
}
