// An app's own registry on a real broker: processes that register at once, and one that starts later.
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { parseEventSchema, type EventSchema } from "../../../engine/schemas/avro/event-schema.ts";
import { openTopicRegistry, type TopicRegistry } from "../../../engine/schemas/registry/topic-registry.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const PROCESSES = 4;

function order(version: number): EventSchema {
  const fields = [
    { name: "id", type: "string" },
    { name: `extra${version}`, type: "int", default: version },
  ];
  return parseEventSchema({ type: "record", name: "shop.Order", fields }, "a test");
}

test("the topic's order decides between processes that register at once, each with a connection of its own", async () => {
  const topic = `${randomUUID()}.schemas`;
  const logs = await Promise.all(Array.from({ length: PROCESSES }, () => openKafkaLog({ brokers: kafkaBrokers() })));
  await logs[0]?.createTopics([{ topic, partitions: 1, settings: { "cleanup.policy": "compact" } }]);
  const all = await Promise.all(logs.map((log) => openTopicRegistry({ log, topic })));
  const register = async (one: TopicRegistry, version: number): Promise<number> => one.register("shop.events-shop.Order", order(version));

  const same = await Promise.all(all.map((one) => register(one, 0)));
  expect(new Set(same).size).toBe(1);
  const ids = await Promise.all(all.map((one, index) => register(one, index + 1)));
  expect(new Set([...same, ...ids]).size).toBe(PROCESSES + 1);

  const [first] = logs;
  const later = first === undefined ? [] : [await openTopicRegistry({ log: first, topic })];
  const versions = await all[0]?.versionsOf("shop.events-shop.Order");
  expect(versions).toHaveLength(PROCESSES + 1);
  for (const one of [...all, ...later]) {
    expect(await one.versionsOf("shop.events-shop.Order")).toEqual(versions);
    for (const [index, id] of ids.entries()) expect(await one.schemaOf(id)).toBe(order(index + 1).text);
    expect(await one.schemaOf(12)).toBeNull();
  }
  await Promise.all([...all, ...later].map((one) => one.close()));
  await Promise.all(logs.map((log) => log.close()));
});
