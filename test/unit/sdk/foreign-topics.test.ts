// Foreign topics through a whole app, where the past is read again as well: ids that count once, waits that look back, data that is fetched.
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import { codecOf } from "../../../engine/schemas/avro/codec.ts";
import { parseEventSchema } from "../../../engine/schemas/avro/event-schema.ts";
import { framed } from "../../../engine/schemas/wire.ts";
import { avro, debezium, Millrace, type ForeignTopic, type MillraceOptions } from "../../../engine/sdk/index.ts";
import { until } from "../../support/faults/until.ts";
import { MoodyRegistry } from "../../support/schemas/moody-registry.ts";

const TOPIC = "others";
const BIG = 100_000;

// The log has a thread of its own, which others may keep from running for a while.
vi.setConfig({ testTimeout: 60_000 });

let log: Log;
let registry: MoodyRegistry;
let apps: Millrace[];

beforeEach(async () => {
  log = await openEmbeddedLog({ path: ":memory:" });
  registry = await MoodyRegistry.open();
  apps = [];
  await log.createTopics([{ topic: TOPIC, partitions: 1, settings: {} }]);
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await registry.end();
  await log.close();
});

function appOf(options: Partial<MillraceOptions>): Millrace {
  const app = new Millrace(
    { id: "shop", partitions: 2, stopGraceMs: 0, logger: pino({ level: "silent" }), ...options },
    { log, registry: () => Promise.resolve(registry) },
  );
  apps.push(app);
  return app;
}

async function put(value: unknown, key: string | null = null, headers: Record<string, string> = {}): Promise<void> {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  await log.append({ topic: TOPIC, partition: 0 }, [{ key: key === null ? null : Buffer.from(key), value: bytes, headers }]);
}

describe("an id that a mapping gives", () => {
  const source = (more: Partial<ForeignTopic>): ForeignTopic => ({
    topic: TOPIC,
    from: "beginning",
    event: () => "measured",
    id: ({ data }) => String((data as { id: number }).id),
    ...more,
  });

  test.each([
    ["counts once with deduplicate", true, ["1", "2"]],
    ["is one of many without: records count by their offsets", false, ["1", "1", "2"]],
  ])("%s", async (_, deduplicate, ids) => {
    const app = appOf({ sources: [source({ deduplicate })] });
    const seen: string[] = [];
    app.createFunction({ id: "f", triggers: [{ event: "measured" }] }, ({ event }) => void seen.push(event.id));
    for (const id of [1, 1, 2]) await put({ id });
    await app.start();
    await until("all are decided", () => seen.includes("2"));
    await until("and handled", () => seen.length === ids.length);
    expect(seen.toSorted()).toEqual(ids);
  });
});

test("a wait that looks back finds a change that stood in a foreign topic, by the same mapping", async () => {
  const app = appOf({ sources: [{ topic: TOPIC, from: "beginning", event: debezium() }] });
  const seen: unknown[] = [];
  app.createFunction({ id: "f", triggers: [{ event: "go" }] }, async ({ step }) => {
    const found = await step.waitForEvent("change", {
      event: "db/orders.updated",
      if: "async.data.after.id == 7",
      timeout: "10 s",
      lookback: "1 hour",
    });
    seen.push(found?.data);
  });
  await app.start();
  const source = { table: "orders", ts_ms: 5_000 };
  await put({ op: "u", before: null, after: { id: 6 }, source }, '{"id":6}');
  await put({ op: "u", before: null, after: { id: 7 }, source }, '{"id":7}');
  await app.send({ name: "go", data: {} });
  await until("it is found", () => seen.length === 1);
  expect(seen).toEqual([expect.objectContaining({ op: "u", after: { id: 7 } })]);
});

test("data in Avro that is too large to be told to a wait elsewhere is fetched and decoded there", async () => {
  const json = {
    type: "record",
    name: "Report",
    event: "report",
    fields: [
      { name: "of", type: "string" },
      { name: "text", type: "string" },
    ],
  };
  const app = appOf({ events: { report: avro(json) } });
  const seen: unknown[] = [];
  app.createFunction({ id: "f", triggers: [{ event: "go" }] }, async ({ event, step }) => {
    const found = await step.waitForEvent("report", { event: "report", match: "data.of", timeout: "1 min" });
    seen.push([event.data, found?.data]);
  });
  await app.start();
  const names = ["a", "b", "c", "d"];
  for (const of of names) await app.send({ name: "go", data: { of }, key: of });
  await until("all wait", () => app.status().reduce((sum, { openRuns }) => sum + openRuns, 0) === names.length);
  // Keys are other than what is compared: some of them are in the other partition.
  for (const of of names) await app.send({ name: "report", data: { of, text: of.repeat(BIG) }, key: `${of}-report` });
  await until("all were answered", () => seen.length === names.length);
  for (const of of names) expect(seen).toContainEqual([{ of }, { of, text: of.repeat(BIG) }]);
});

test("an app that takes over reads Avro of a foreign topic from where the one before was", async () => {
  const schema = parseEventSchema({ type: "record", name: "Reading", fields: [{ name: "n", type: "int" }] }, "test");
  const id = await registry.register("readings", schema);
  const write = (n: number): Promise<void> => put(framed(id, codecOf(schema.text).encode({ n })));
  const seen: number[] = [];
  const start = async (): Promise<Millrace> => {
    const app = appOf({ sources: [{ topic: TOPIC, from: "beginning", event: () => "read" }] });
    app.createFunction({ id: "f", triggers: [{ event: "read" }] }, ({ event }) => void seen.push((event.data as { n: number }).n));
    await app.start();
    return app;
  };
  for (const n of [1, 2]) await write(n);
  const first = await start();
  await until("two are read", () => seen.length === 2);
  await first.stop();
  for (const n of [3, 4]) await write(n);
  await start();
  await until("all are read", () => seen.length === 4);
  expect(seen).toEqual([1, 2, 3, 4]);
});

test("an app can be stopped while a source waits for a schema, and the next one goes on there", async () => {
  const schema = parseEventSchema({ type: "record", name: "Reading", fields: [{ name: "n", type: "int" }] }, "test");
  const id = await registry.register("readings", schema);
  await put(framed(id, codecOf(schema.text).encode({ n: 1 })));
  const seen: unknown[] = [];
  const start = async (): Promise<Millrace> => {
    const app = appOf({ sources: [{ topic: TOPIC, from: "beginning", event: () => "read" }] });
    app.createFunction({ id: "f", triggers: [{ event: "read" }] }, ({ event }) => void seen.push(event.data));
    await app.start();
    return app;
  };
  registry.isDown = true;
  const first = await start();
  await until("it waits", () => registry.asked.length > 0);
  await first.stop();
  expect(seen).toEqual([]);
  registry.isDown = false;
  await start();
  await until("it is read", () => seen.length === 1);
  expect(seen).toEqual([{ n: 1 }]);
});
