// Sources may be compressed, by their producers or by the broker, which does it here.
import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { LogRecord } from "../../../engine/log/log.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

test.each(["gzip", "snappy", "lz4", "zstd"])("a topic compressed with %s is read", async (codec) => {
  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  const target = { topic: `compressed-${codec}-${randomUUID()}`, partition: 0 };
  await log.createTopics([{ topic: target.topic, partitions: 1, settings: { "compression.type": codec } }]);
  const written = [tiny(), repetitive(300_000), incompressible(200_000), Array.from({ length: 2_000 }, (_, n) => small(n))];
  for (const records of written) await log.append(target, records);
  const reader = log.openReader({ ...target, from: 0, mode: "bulk" });
  const read: (LogRecord & { readonly offset: number })[] = [];
  while (read.length < written.flat().length) read.push(...(await reader.next()).records);
  expect(read.map(({ value }) => value?.toString("base64"))).toEqual(written.flat().map(({ value }) => value?.toString("base64")));
  expect(read.map(({ offset }) => offset)).toEqual([...read.keys()]);
  await log.close();
});

function tiny(): LogRecord[] {
  return [{ key: null, value: Buffer.from("x") }];
}

function repetitive(bytes: number): LogRecord[] {
  return [
    { key: null, value: Buffer.alloc(bytes, "all work and no play ") },
    { key: null, value: Buffer.alloc(bytes, "a") },
  ];
}

function incompressible(bytes: number): LogRecord[] {
  return [{ key: null, value: randomBytes(bytes) }];
}

function small(n: number): LogRecord {
  return { key: Buffer.from(`key ${n}`), value: Buffer.from(JSON.stringify({ n, name: "user/signed.up" })), headers: { n: String(n) } };
}
