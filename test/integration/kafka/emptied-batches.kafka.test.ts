// Kafka's cleaner keeps the last batch of an idempotent producer even when all its records are gone, and such an emptied batch may
// end a segment. kafkajs' consumer never gets past it. (https://issues.apache.org/jira/browse/KAFKA-17076)
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { Link } from "../../../engine/log/kafka/link.ts";
import { fetchRequest } from "../../../engine/log/kafka/protocol/fetch.ts";
import { FIELD } from "../../../engine/log/kafka/protocol/record-batch.ts";
import { splitRecordSet, type StoredBatch } from "../../../engine/log/kafka/protocol/record-set.ts";
import type { Log, TopicPartition } from "../../../engine/log/log.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { splitAddress } from "../../support/kafka/probe.ts";

const SETTINGS = {
  "cleanup.policy": "compact",
  "segment.bytes": "1048576",
  "min.cleanable.dirty.ratio": "0.01",
  "min.compaction.lag.ms": "0",
  "max.compaction.lag.ms": "1000",
  "delete.retention.ms": "100",
};

test("a reader gets to the end past emptied batches, from before, from inside, and in both modes", async () => {
  await using log = await openLog();
  const target = { topic: `emptied-${randomUUID()}`, partition: 0 };
  await log.createTopics([{ topic: target.topic, partitions: 1, settings: SETTINGS }]);
  await writeRounds(target.topic);
  const trap = await untilTrapped(log, target);
  const end = await log.latestOffset(target);
  for (const from of [0, trap.baseOffset, trap.baseOffset + 1, trap.lastOffset]) {
    for (const mode of ["follow", "bulk"] as const) {
      const reader = log.openReader({ ...target, from, mode });
      let nextOffset = from;
      while (nextOffset < end) ({ nextOffset } = await reader.next());
      expect(nextOffset).toBe(end);
      reader.close();
    }
  }
}, 120_000);

async function openLog(): Promise<Log & AsyncDisposable> {
  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  return Object.assign(log, { [Symbol.asyncDispose]: () => log.close() });
}

/** Each round, a producer of its own: live keys first, and a batch that the next round's supersedes last, where the segment ends. */
async function writeRounds(topic: string): Promise<void> {
  const kafka = new Kafka({ brokers: kafkaBrokers(), logLevel: logLevel.NOTHING });
  const value = Buffer.alloc(20_000, "v");
  for (let round = 0; round < 6; round++) {
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: () => () => 0 });
    await producer.connect();
    const send = (name: string): Promise<unknown> =>
      producer.send({ topic, messages: Array.from({ length: 10 }, (_, n) => ({ key: `${name} ${n}`, value })) });
    for (let n = 0; n < 4; n++) await send(`live ${round} ${n}`);
    await send("superseded");
    await producer.disconnect();
  }
}

/** Waits for the cleaner to leave an emptied batch. */
async function untilTrapped(log: Log, target: TopicPartition): Promise<StoredBatch> {
  for (;;) {
    const emptied = (await storedBatches(log, target)).find(({ bytes }) => bytes.readInt32BE(FIELD.recordCount) === 0);
    if (emptied !== undefined) return emptied;
    await delay(100);
  }
}

async function storedBatches(log: Log, target: TopicPartition): Promise<StoredBatch[]> {
  const [host, port] = splitAddress(kafkaBrokers()[0] ?? "");
  const link = new Link({ host, port }, { clientId: "tests" });
  const end = await log.latestOffset(target);
  const found: StoredBatch[] = [];
  for (let offset = 0; offset < end; offset = (found.at(-1)?.lastOffset ?? end) + 1) {
    const order = { ...target, leaderEpoch: -1, offset, maxBytes: 16 * 1024 * 1024 };
    const request = fetchRequest([order], { maxWaitMs: 100, maxBytes: 16 * 1024 * 1024, committedOnly: true });
    const { partitions } = await link.request(request, 5_000);
    const { batches } = splitRecordSet(partitions[0]?.records ?? Buffer.alloc(0));
    if (batches.length === 0) break;
    found.push(...batches);
  }
  link.close();
  return found;
}
