// A real registry that goes away and comes back under a running app, and is gone when the app starts again: nothing is lost (R5, R11).
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { StoredRecord } from "../../../engine/log/log.ts";
import { avro, Millrace } from "../../../engine/sdk/index.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import type { RegistryServer } from "../../support/registry/registry-server.ts";
import { startRegistry } from "../../support/registry/start.ts";

interface Paid {
  id: string;
  amount: number;
}

const PAID = {
  type: "record",
  name: "Paid",
  fields: [
    { name: "id", type: "string" },
    { name: "amount", type: "double" },
  ],
};
/** Of the producer, which was deployed first. */
const PAID_2 = { ...PAID, fields: [...PAID.fields, { name: "currency", type: "string", default: "EUR" }] };

let server: RegistryServer;
const apps: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  server = await startRegistry(console.error);
}, 240_000);

afterAll(() => server?.close());

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
});

async function recordsOf(topic: string, count: number): Promise<readonly StoredRecord[]> {
  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  const reader = log.openReader({ topic, partition: 0, from: 0 });
  const read: StoredRecord[] = [];
  while (read.length < count) read.push(...(await reader.next()).records);
  reader.close();
  await log.close();
  return read;
}

async function append(topic: string, record: StoredRecord | undefined): Promise<void> {
  if (record === undefined) throw new Error("there is a record");
  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  const { key, value, headers } = record;
  await log.append({ topic, partition: 0 }, [{ key, value, headers }]);
  await log.close();
}

interface Line {
  readonly code?: string;
  readonly msg: string;
}

function appOf<T>(id: string, schema: object, url = server.url, lines: Line[] = []): Millrace<{ paid: T }> {
  const app = new Millrace({
    id,
    partitions: 1,
    log: { kind: "kafka", brokers: kafkaBrokers() },
    registry: { url, timeoutMs: 1_000 },
    stopGraceMs: 0,
    logger: pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) }),
    events: { paid: avro<T>(schema) },
  });
  apps.push(app);
  return app;
}

test("known schemas go on while the registry is down; a record of an unknown one holds up its partition alone until it is back", async () => {
  const id = `registry-${randomUUID()}`;
  const lines: Line[] = [];
  const app = appOf<Paid>(id, PAID, server.url, lines);
  const seen: string[] = [];
  app.createFunction({ id: "f", triggers: [{ event: "paid" }] }, ({ event }) => void seen.push(event.data.id));
  await app.start();
  await app.send({ name: "paid", data: { id: "first", amount: 1 } });
  await until("the first is read", () => seen.length === 1);

  // An app with another name keeps its copies elsewhere, and writes to this one's topic by the registry's ids.
  const other = appOf<Paid & { currency: string }>(`${id}-other`, PAID_2);
  await other.send({ name: "paid", data: { id: "elsewhere", amount: 2, currency: "PLN" } });
  const [record] = await recordsOf(`${id}-other.events`, 1);
  await server.kill9();
  await app.send({ name: "paid", data: { id: "known", amount: 1 } });
  await until("what is known is read", () => seen.length === 2);

  await append(`${id}.events`, record);
  await app.send({ name: "paid", data: { id: "behind", amount: 1 } });
  await until("the log says so", () => lines.some(({ code }) => code === "SCHEMA_AWAITED"), { insteadShow: () => lines });
  const [{ problems } = { problems: [] }] = app.status();
  expect(problems).toEqual([expect.stringMatching(new RegExp(`SCHEMA_AWAITED: source ${id}.events/0 waits at offset 2.*nothing is lost`))]);
  expect(seen).toEqual(["first", "known"]);

  await server.restart();
  await until("all are read", () => seen.length === 4, {
    timeoutMs: 90_000,
    insteadShow: () => [seen, app.status().map(({ problems }) => problems), lines],
  });
  expect(seen).toEqual(["first", "known", "elsewhere", "behind"]);
  await until("nothing is told any more", () => app.status().every((partition) => partition.problems.length === 0));
}, 240_000);

test("an app that starts without its registry reads the whole past by the copies of its schemas, and sends what it sent before", async () => {
  const id = `registry-${randomUUID()}`;
  const producer = appOf<Paid & { currency: string }>(id, PAID_2);
  await producer.send([
    { name: "paid", data: { id: "a", amount: 1, currency: "PLN" } },
    { name: "paid", data: { id: "b", amount: 2, currency: "EUR" } },
  ]);
  await producer.stop();
  await server.kill9();
  const app = appOf<Paid & { currency: string }>(id, PAID_2);
  const seen: unknown[] = [];
  app.createFunction({ id: "f", triggers: [{ event: "paid" }] }, ({ event }) => void seen.push(event.data));
  await app.start();
  await app.send({ name: "paid", data: { id: "c", amount: 3, currency: "EUR" } });
  await until("all are read", () => seen.length === 3, { insteadShow: () => [seen, app.status()] });
  expect(seen).toEqual([
    { id: "a", amount: 1, currency: "PLN" },
    { id: "b", amount: 2, currency: "EUR" },
    { id: "c", amount: 3, currency: "EUR" },
  ]);
  await server.restart();
}, 240_000);
