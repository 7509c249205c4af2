// A real registry beside a real broker: both sides read what the other wrote, and the app goes on without it.
import { randomUUID } from "node:crypto";
import { COMPATIBILITY, SchemaRegistry as OtherClient, SchemaType } from "@kafkajs/confluent-schema-registry";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import { codecOf } from "../../../engine/schemas/avro/codec.ts";
import { parseEventSchema, type EventSchema } from "../../../engine/schemas/avro/event-schema.ts";
import { openConfluentRegistry, type ConfluentRegistryOptions } from "../../../engine/schemas/registry/confluent-registry.ts";
import type { SchemaRegistry } from "../../../engine/schemas/registry/registry.ts";
import { openTopicRegistry } from "../../../engine/schemas/registry/topic-registry.ts";
import { framed, unframed } from "../../../engine/schemas/wire.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import type { RegistryServer } from "../../support/registry/registry-server.ts";
import { startRegistry } from "../../support/registry/start.ts";

let server: RegistryServer;
let log: Log;
let topic: string;
let name: string;
let subject: string;
let opened: SchemaRegistry[];

beforeAll(async () => {
  server = await startRegistry(console.error);
  log = await openKafkaLog({ brokers: kafkaBrokers() });
}, 240_000);

afterAll(async () => {
  await log?.close();
  await server?.close();
});

beforeEach(async () => {
  // Registry and broker are shared: names are this test's own.
  name = `shop.Order${randomUUID().replaceAll("-", "")}`;
  topic = `${name}.schemas`;
  subject = `shop.events-${name}`;
  opened = [];
  await log.createTopics([{ topic, partitions: 1, settings: { "cleanup.policy": "compact" } }]);
});

afterEach(async () => {
  await Promise.all(opened.map((registry) => registry.close()));
});

async function registry(options: Partial<ConfluentRegistryOptions> = {}): Promise<SchemaRegistry> {
  const copies = await openTopicRegistry({ log, topic });
  const made = await openConfluentRegistry({ url: server.url, copies, compatibility: "BACKWARD", timeoutMs: 20_000, ...options });
  opened.push(made);
  return made;
}

function otherClient(): OtherClient {
  return new OtherClient({ host: server.url });
}

function order(...more: readonly object[]): EventSchema {
  const fields = [{ name: "id", type: "string", doc: "of the shop" }, { name: "total", type: "long" }, ...more];
  return parseEventSchema({ type: "record", name, event: "order/placed", fields }, "a test");
}
const currency = { name: "currency", type: "string", default: "EUR" };
const customer = { name: "customer", type: "string" };
const PLACED = { id: "o-1", total: 1250 };

describe("with a client of another service", () => {
  test("it reads what we wrote", async () => {
    const schema = order();
    const id = await (await registry()).register(subject, schema);
    const bytes = framed(id, codecOf(schema.text).encode(PLACED));
    expect(await otherClient().decode(bytes)).toMatchObject(PLACED);
  });

  test("we read what it wrote, by an id that we learn from the registry, with the event's name", async () => {
    const other = otherClient();
    const { id } = await other.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(order().json) },
      { subject, compatibility: COMPATIBILITY.BACKWARD },
    );
    const written = unframed(await other.encode(id, PLACED));
    const text = await (await registry()).schemaOf(written?.id ?? -1);
    expect(text).toBe(order().text);
    expect(codecOf(text ?? "").decode(written?.body ?? Buffer.alloc(0))).toEqual(PLACED);
  });

  test("one schema has one id for both", async () => {
    const ours = await (await registry()).register(subject, order());
    const { id } = await otherClient().register({ type: SchemaType.AVRO, schema: order().text }, { subject });
    expect(id).toBe(ours);
  });
});

describe("what the registry decides", () => {
  test("a breaking schema is refused, with the field and the readers", async () => {
    const one = await registry();
    await one.register(subject, order());
    const refused = one.register(subject, order(customer));
    await expect(refused).rejects.toMatchObject({ code: "SCHEMA_INCOMPATIBLE", path: "customer" });
    await expect(refused).rejects.toThrow(/order\/placed.*BACKWARD.*customer/);
    expect(await one.versionsOf(subject)).toEqual([order().text]);
  });

  test("versions and mode are those of the registry; a subject that it does not know has none", async () => {
    const one = await registry();
    await one.register(subject, order());
    await one.register(subject, order(currency));
    expect(await one.versionsOf(subject)).toEqual([order().text, order(currency).text]);
    expect(await one.compatibilityOf(subject)).toBe("BACKWARD");
    expect(await one.versionsOf(`${subject}-unknown`)).toEqual([]);
  });

  test("without a mode of ours the registry's own stays in force", async () => {
    const { compatibility: _, ...rest } = { url: server.url, copies: await openTopicRegistry({ log, topic }), compatibility: "BACKWARD" };
    const one = await openConfluentRegistry(rest);
    opened.push(one);
    await one.register(subject, order());
    expect(await one.compatibilityOf(subject)).toBe("NONE"); // as Apicurio starts
    await one.register(subject, order(customer));
  });

  test("an id that it does not know is nobody's", async () => {
    expect(await (await registry()).schemaOf(2_000_000_000)).toBeNull();
  });
});

// A JVM starts again in here, on a machine that may be busy.
describe("when the registry is gone", { timeout: 180_000 }, () => {
  test("known schemas go on, also for processes that start now; unknown ones wait, and are found when it is back", async () => {
    const one = await registry();
    const id = await one.register(subject, order());
    const seenBy = await registry();
    expect(await seenBy.schemaOf(id)).toBe(order().text);
    const { id: unseen } = await otherClient().register({ type: SchemaType.AVRO, schema: order(currency).text }, { subject });
    await server.kill9();

    const later = await registry();
    expect(await later.schemaOf(id)).toBe(order().text);
    expect(await later.register(subject, order())).toBe(id);
    const asked = later.schemaOf(unseen);
    await expect(asked).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE", retriable: true });
    await expect(asked).rejects.toThrow(server.url);
    await expect(later.register(subject, order(currency))).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });

    await server.restart();
    await expect.poll(() => later.schemaOf(unseen).catch(String), { timeout: 60_000 }).toBe(order(currency).text);
    expect(await later.register(subject, order(currency))).toBe(unseen);
  });

  test("one that is silent counts as gone after the time-out", async () => {
    const one = await registry({ timeoutMs: 300 });
    await server.freeze();
    try {
      await expect(one.schemaOf(1_999_999_999)).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
    } finally {
      await server.thaw();
    }
  });
});

test("a registry that was emptied and gives ids anew is noticed before an event is written", async () => {
  const copies = await openTopicRegistry({ log, topic });
  const one = await openConfluentRegistry({ url: server.url, copies });
  opened.push(one);
  const { id } = await otherClient().register({ type: SchemaType.AVRO, schema: order().text }, { subject });
  await copies.keep(id, order(currency).text, null); // as it was before
  await expect(one.register(subject, order())).rejects.toMatchObject({ code: "SCHEMA_ID_CONFLICT", retriable: false });
});
