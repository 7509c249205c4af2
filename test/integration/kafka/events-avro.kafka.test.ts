// Events in Avro between us and Java's clients on a real broker: what they write we read, and what we write they read.
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { StoredRecord } from "../../../engine/log/log.ts";
import { parseEventSchema, type EventSchema } from "../../../engine/schemas/avro/event-schema.ts";
import { schemaIdOf } from "../../../engine/schemas/avro/schema-id.ts";
import { avro, cloudEvents, debezium, Millrace, type ForeignTopic } from "../../../engine/sdk/index.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { consumeByJava, produceByJava } from "../../support/kafka/java-console.ts";

interface Order {
  id: string;
  note: string;
}

const ORDER_FIELDS = [
  { name: "id", type: "string" },
  { name: "note", type: "string", default: "none" },
];

const apps: Millrace[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
});

function appOf(options: { id: string; events?: Record<string, ReturnType<typeof avro>>; sources?: readonly ForeignTopic[] }): Millrace {
  const app = new Millrace({
    partitions: 2,
    log: { kind: "kafka", brokers: kafkaBrokers() },
    stopGraceMs: 0,
    logger: pino({ level: "silent" }),
    ...options,
  });
  apps.push(app);
  return app;
}

/** A schema whose id is four bytes of ASCII without ends of lines, so that a console can write it: each name has another id. */
function typeableSchema(event: string, fields: readonly object[]): { schema: EventSchema; json: object } {
  for (let n = 0; ; n++) {
    const json = { type: "record", name: `Order${n}`, event, fields };
    const schema = parseEventSchema(json, "test");
    const id = Buffer.alloc(4);
    id.writeInt32BE(schemaIdOf(schema.text));
    if (id.every((byte) => byte > 13 && byte < 128)) return { schema, json };
  }
}

/** By hand, after the specification: a zero byte, the id, and each text behind its length, zigzag. */
function avroByHand(id: number, texts: readonly string[]): Buffer {
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return Buffer.concat([head, ...texts.flatMap((text) => [Buffer.from([text.length * 2]), Buffer.from(text)])]);
}

test("Java's consumer gets what an app sends: CloudEvents' headers, and Avro that a hand can write", async () => {
  const id = `avro-out-${randomUUID()}`;
  const { schema, json } = typeableSchema("order/placed", ORDER_FIELDS);
  const app = appOf({ id, events: { "order/placed": avro<Order>(json) } });
  await app.send([
    { name: "order/placed", data: { id: "A-1", note: "gift" }, key: "A-1", id: "one" },
    { name: "plain", data: { json: true }, key: "A-1" },
  ]);
  const read = await consumeByJava(`${id}.events`, 2);
  const schemaId = schemaIdOf(schema.text);
  expect(read.map(({ key }) => key)).toEqual(["A-1", "A-1"]);
  expect(read[0]?.value).toEqual(avroByHand(schemaId, ["A-1", "gift"]));
  for (const header of ["ce_specversion:1.0", "ce_type:order/placed", "ce_id:one", `ce_source:${id}`, "content-type:application/avro"]) {
    expect(read[0]?.head.split(",")).toContain(header);
  }
  expect(read[0]?.head).toContain(`ce_dataschema:/schemas/ids/${schemaId}`);
  expect(read[1]?.value.toString()).toBe('{"json":true}');
  expect(read[1]?.head.split(",")).toContain("content-type:application/json");
}, 120_000);

test("an app gets what Java's producer sends: Avro by hand with and without a content-type, JSON, and each once by its id", async () => {
  const id = `avro-in-${randomUUID()}`;
  const { schema, json } = typeableSchema("order/placed", ORDER_FIELDS);
  const app = appOf({ id, events: { "order/placed": avro<Order>(json) } });
  const seen: unknown[] = [];
  app.createFunction({ id: "f", triggers: [{ event: "*" }] }, ({ event }) => void seen.push([event.name, event.id, event.key, event.data]));
  await app.start();
  const value = avroByHand(schemaIdOf(schema.text), ["A-1", "gift"]);
  const ce = (n: string, more = {}): Record<string, string> => ({
    ce_specversion: "1.0",
    ce_type: "order/placed",
    ce_source: "java",
    ce_id: n,
    ...more,
  });
  await produceByJava(`${id}.events`, [
    { key: "k", value, headers: ce("1", { "content-type": "application/avro" }) },
    { key: "k", value, headers: ce("2") },
    { key: "k", value, headers: ce("1") },
    { key: "k", value: Buffer.from('{"id":"J","note":"é"}'), headers: ce("3", { "content-type": "application/json" }) },
  ]);
  await until("three are read", () => seen.length >= 3);
  const data = { id: "A-1", note: "gift" };
  expect(seen).toEqual([
    ["order/placed", "1", "k", data],
    ["order/placed", "2", "k", data],
    ["order/placed", "3", "k", { id: "J", note: "é" }],
  ]);
}, 120_000);

test("an app with a newer schema reads what Java wrote by the older one: alias, default, promotion and an enum's default", async () => {
  const id = `avro-old-${randomUUID()}`;
  const method = (symbols: readonly string[]): object => ({ type: "enum", name: "Method", symbols, default: symbols[0] });
  const { schema: old, json } = typeableSchema("paid", [
    { name: "ref", type: "string" },
    { name: "method", type: method(["CARD", "CHEQUE"]) },
    { name: "total", type: "int" },
  ]);
  const producer = appOf({ id, events: { paid: avro(json) } });
  await producer.send({ name: "paid", data: { ref: "registered", method: "CARD", total: 1 }, key: "k" });
  await producer.stop();
  const head = Buffer.alloc(5);
  head.writeInt32BE(schemaIdOf(old.text), 1);
  // "A-1", CHEQUE, 20: a length and numbers are zigzag.
  const value = Buffer.concat([head, Buffer.from([6]), Buffer.from("A-1"), Buffer.from([2, 40])]);
  await produceByJava(`${id}.events`, [{ key: "k", value, headers: { ce_type: "paid", ce_source: "java", ce_id: "1" } }]);

  const fields = [
    { name: "orderId", aliases: ["ref"], type: "string" },
    { name: "method", type: method(["OTHER", "CARD"]) },
    { name: "total", type: "double" },
    { name: "currency", type: "string", default: "EUR" },
  ];
  const app = appOf({ id, events: { paid: avro({ ...json, fields }) } });
  const seen: unknown[] = [];
  app.createFunction(
    { id: "f", triggers: [{ event: "paid", if: "event.data.currency == 'EUR'" }] },
    ({ event }) => void seen.push(event.data),
  );
  await app.start();
  await until("both are read", () => seen.length === 2, { insteadShow: () => [seen, app.status()] });
  expect(seen).toEqual([
    { orderId: "registered", method: "CARD", total: 1, currency: "EUR" },
    { orderId: "A-1", method: "OTHER", total: 20, currency: "EUR" },
  ]);
}, 120_000);

test("foreign topics: Debezium's changes, CloudEvents in structured mode, and records of any kind, each decided once and in order", async () => {
  const id = `foreign-${randomUUID()}`;
  const [changes, structured, metrics] = [`${id}-changes`, `${id}-structured`, `${id}-metrics`];
  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  await log.createTopics([changes, structured, metrics].map((topic) => ({ topic, partitions: 1, settings: {} })));
  const row = (total: number): object => ({ id: 7, total });
  const change = (op: string, before: unknown, after: unknown): Buffer =>
    Buffer.from(
      JSON.stringify({ schema: {}, payload: { op, before, after, source: { db: "shop", table: "orders", ts_ms: 5_000 }, ts_ms: 6_000 } }),
    );
  const headers = { "__debezium.context.connectorName": "postgresql" };
  const key = '{"schema":{},"payload":{"id":7}}';
  await produceByJava(changes, [
    { key, value: change("c", null, row(1)), headers },
    { key, value: change("u", row(1), row(2)), headers },
    { key, value: change("d", row(2), null), headers },
    // As Debezium sends one behind each deletion.
    { key, value: null, headers },
  ]);
  const event = { specversion: "1.0", type: "invoice/sent", source: "/billing", id: "I-1", data: { total: 5 } };
  await produceByJava(structured, [
    { key: "c", value: Buffer.from(JSON.stringify(event)), headers: { "content-type": "application/cloudevents+json" } },
  ]);
  await produceByJava(metrics, [
    { key: "host", value: Buffer.from("cpu 3"), headers: { h: "x" } },
    { key: "host", value: Buffer.from("broken"), headers: { h: "x" } },
    { key: "host", value: Buffer.from("cpu 4"), headers: { h: "x" } },
  ]);

  const app = appOf({
    id,
    sources: [
      { topic: changes, from: "beginning", event: debezium() },
      { topic: structured, from: "beginning", event: cloudEvents() },
      {
        topic: metrics,
        from: "beginning",
        event: ({ value }) => {
          const [what = "", amount] = value?.toString().split(" ") ?? [];
          if (amount === undefined) throw new Error("no metric");
          return { name: `metric/${what}`, data: { amount: Number(amount) } };
        },
        key: ({ headers }) => headers["h"]?.toString() ?? null,
      },
    ],
  });
  const seen = new Map<string, unknown[]>();
  app.createFunction({ id: "f", triggers: [{ event: "*" }] }, ({ event }) => {
    const topic = event.source?.topic ?? "";
    const facts = { name: event.name, key: event.key, data: event.data as unknown, offset: event.source?.offset, time: event.time };
    seen.set(topic, [...(seen.get(topic) ?? []), facts]);
  });
  await app.start();
  const counts = (): number[] => [changes, structured, metrics].map((topic) => seen.get(topic)?.length ?? 0);
  await until("all are read", () => JSON.stringify(counts()) === "[3,1,2]", { insteadShow: () => [...seen] });
  expect(seen.get(changes)).toEqual([
    expect.objectContaining({
      name: "db/orders.created",
      key: "7",
      offset: 0,
      time: 5_000,
      data: expect.objectContaining({ op: "c", before: null, after: row(1), ts: 6_000 }) as unknown,
    }),
    expect.objectContaining({
      name: "db/orders.updated",
      offset: 1,
      data: expect.objectContaining({ before: row(1), after: row(2) }) as unknown,
    }),
    expect.objectContaining({
      name: "db/orders.deleted",
      offset: 2,
      data: expect.objectContaining({ before: row(2), after: null }) as unknown,
    }),
  ]);
  expect(seen.get(structured)).toEqual([expect.objectContaining({ name: "invoice/sent", key: "c", data: { total: 5 } })]);
  expect(seen.get(metrics)).toEqual([
    expect.objectContaining({ name: "metric/cpu", key: "x", offset: 0, data: { amount: 3 } }),
    expect.objectContaining({ name: "metric/cpu", key: "x", offset: 2, data: { amount: 4 } }),
  ]);
  const read = log.openReader({ topic: `${id}.dead-letter`, partition: 0, from: 0 });
  const letters: StoredRecord[] = [];
  while (letters.length < 1) letters.push(...(await read.next()).records);
  read.close();
  expect(letters.map(({ headers }) => headers["mr-reason"]?.toString())).toEqual([expect.stringMatching(/Error: no metric/)]);
  await log.close();
}, 120_000);
