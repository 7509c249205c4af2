// Batches that are compressed, between us and Java's clients.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { pino } from "pino";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { Link } from "../../../engine/log/kafka/link.ts";
import { fetchRequest } from "../../../engine/log/kafka/protocol/fetch.ts";
import { splitRecordSet } from "../../../engine/log/kafka/protocol/record-set.ts";
import type { Log, StoredRecord } from "../../../engine/log/log.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { kafkaJars } from "../../support/kafka/java.ts";

const COUNT = 300;
const execute = promisify(execFile);

test("Java's consumer reads the batches that we compressed, in order, with keys and headers", async () => {
  const id = `produce-${randomUUID()}`;
  const app = new Millrace({
    id,
    partitions: 1,
    log: { kind: "kafka", brokers: kafkaBrokers(), compression: "zstd" },
    logger: pino({ level: "silent" }),
  });
  await app.send(Array.from({ length: COUNT }, (_, n) => ({ name: "order/placed", key: `k${n}`, data: { n, note: "again and again" } })));
  await app.stop();
  const topic = `${id}.events`;
  expect(await codecs(topic)).toEqual(["zstd"]);
  const formatter = "--formatter-property print.key=true --formatter-property print.headers=true";
  const wanted = `--topic ${topic} --from-beginning --max-messages ${COUNT} --timeout-ms 30000 ${formatter}`;
  const lines = await javaTool("org.apache.kafka.tools.consumer.ConsoleConsumer", wanted);
  const read = lines.split("\n").filter((line) => line !== "");
  expect(read).toHaveLength(COUNT);
  for (const [n, line] of read.entries()) {
    const [headers, key, value] = line.split("\t");
    expect(headers).toContain("ce_type:order/placed");
    expect(key).toBe(`k${n}`);
    expect(JSON.parse(value ?? "")).toEqual({ n, note: "again and again" });
  }
});

test.each(["zstd", "gzip", "snappy", "lz4"])("we read the batches that Java's producer compressed with %s", async (codec) => {
  const topic = `java-${codec}-${randomUUID()}`;
  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  await log.createTopics([{ topic, partitions: 1, settings: {} }]);
  const written = Array.from({ length: COUNT }, (_, n) => [`k${n}`, JSON.stringify({ n, note: "again and again" })] as const);
  const reader = "--reader-property parse.key=true --reader-property key.separator=|";
  const how = `--topic ${topic} --compression-codec ${codec} --batch-size 16384 --timeout 200 ${reader}`;
  await javaTool("org.apache.kafka.tools.ConsoleProducer", how, written.map(([key, value]) => `${key}|${value}\n`).join(""));
  expect(await codecs(topic)).toEqual([codec]);
  const read = await readAll(log, topic, COUNT);
  expect(read.map(({ key, value }) => [key?.toString(), value?.toString()])).toEqual(written);
  await log.close();
});

/** How batches are compressed as the broker keeps them, each way once. */
async function codecs(topic: string): Promise<string[]> {
  const [host = "", port = ""] = (kafkaBrokers()[0] ?? "").split(":");
  const link = new Link({ host, port: Number(port) }, { clientId: "codecs" });
  const request = fetchRequest([{ topic, partition: 0, offset: 0, leaderEpoch: -1, maxBytes: 10_000_000 }], {
    maxWaitMs: 1_000,
    maxBytes: 10_000_000,
    committedOnly: true,
  });
  const { partitions } = await link.request(request, 10_000);
  link.close();
  const names = ["none", "gzip", "snappy", "lz4", "zstd"];
  const found = partitions.flatMap(({ records }) => splitRecordSet(records).batches).map(({ attributes }) => names[attributes & 7] ?? "?");
  return [...new Set(found)];
}

async function readAll(log: Log, topic: string, count: number): Promise<StoredRecord[]> {
  const reader = log.openReader({ topic, partition: 0, from: 0, mode: "bulk" });
  const read: StoredRecord[] = [];
  while (read.length < count) read.push(...(await reader.next()).records);
  reader.close();
  return read;
}

async function javaTool(name: string, options: string, input = ""): Promise<string> {
  const { classPath } = await kafkaJars(() => {});
  const running = execute("java", [
    "-XX:TieredStopAtLevel=1",
    "-cp",
    classPath,
    name,
    "--bootstrap-server",
    kafkaBrokers().join(","),
    ...options.split(" "),
  ]);
  running.child.stdin?.end(input);
  return (await running).stdout;
}
