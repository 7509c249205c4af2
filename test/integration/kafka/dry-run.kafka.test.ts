// Dry runs beside running workers on Kafka: all partitions are read, and nothing is written.
import { randomUUID } from "node:crypto";
import pino from "pino";
import { expect, test, vi } from "vitest";
import type { FunctionContext } from "../../../engine/execution/function.ts";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { dryRun } from "../../../engine/replay/dry-run/dry-run.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { WrittenEvents } from "../../../engine/replay/dry-run/written-events.ts";
import { avro, Millrace } from "../../../engine/sdk/index.ts";
import { KnownSchemas } from "../../../engine/sdk/known-schemas.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const RUNS = 200;
const PARTITIONS = 4;

const code =
  (limit: number) =>
  async ({ event, step }: FunctionContext): Promise<number> => {
    const { n } = event.data as { readonly n: number };
    const tax = await step.run({ id: "tax", pure: true }, () => (n < limit ? 1 : 2));
    await step.sendEvent("tell", { name: "taxed", data: { n, tax } });
    return tax;
  };

test("exactly the runs are named that today's code would do otherwise, while workers run", async () => {
  const brokers = kafkaBrokers();
  const id = `dry-${randomUUID()}`;
  const topics = appTopics(id);
  let completed = 0;
  const app = new Millrace(
    { id, log: { kind: "kafka", brokers }, partitions: PARTITIONS, logger: pino({ level: "silent" }) },
    { onFrame: (_, { records }) => void (completed += records.filter(({ type }) => type === "RunCompleted").length) },
  );
  app.createFunction({ id: "tax", triggers: [{ event: "came" }] }, code(100));
  const log = await openKafkaLog({ brokers });
  try {
    await app.start();
    await app.send(Array.from({ length: RUNS }, (_, n) => ({ name: "came", data: { n }, key: `key ${n}` })));
    await vi.waitFor(() => expect(completed).toBe(RUNS), { timeout: 30_000, interval: 100 });
    const written = async (): Promise<readonly number[]> =>
      Promise.all(
        [topics.events, topics.inbox, topics.deadLetter].flatMap((topic) =>
          Array.from({ length: PARTITIONS }, (_, partition) => log.latestOffset({ topic, partition })),
        ),
      );
    // What steps sent comes to its topic a moment after they are done.
    const sum = async (): Promise<number> => (await written()).reduce((total, count) => total + count, 0);
    await vi.waitFor(async () => expect(await sum()).toBe(2 * RUNS), { timeout: 30_000, interval: 100 });
    const before = await written();
    const today = (limit: number): ReturnType<typeof dryRun> =>
      dryRun({
        app: id,
        log,
        journal: topics.journal,
        partitions: PARTITIONS,
        function: { id: "tax", retries: 0, handler: (context) => code(limit)(context) },
        since: Date.now() - 3_600_000,
      });
    expect(await today(100)).toMatchObject({ total: RUNS, runs: [], missing: [] });
    const { runs, counts } = await today(107);
    expect(counts).toMatchObject({ same: RUNS - 7, "different-result": 7 });
    const named = runs.map(({ event }) => Number(event.key?.slice("key ".length)));
    expect(named.toSorted((a, b) => a - b)).toEqual([100, 101, 102, 103, 104, 105, 106]);
    expect(new Set(runs.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    expect(await written()).toEqual(before);
  } finally {
    await app.stop();
    await log.close();
  }
});

test("events that were written by a schema are read by the app's own topic, across a version of the schema, and nothing is written", async () => {
  const brokers = kafkaBrokers();
  const id = `dry-${randomUUID()}`;
  const topics = appTopics(id);
  const fields = [
    { name: "n", type: "int" },
    { name: "tax", type: "int" },
  ];
  const taxed = { type: "record", name: "Taxed", fields };
  const options = { id, log: { kind: "kafka", brokers }, partitions: PARTITIONS, logger: pino({ level: "silent" }) } as const;
  let completed = 0;
  const app = new Millrace<{ came: { n: number }; taxed: object }>(
    { ...options, events: { taxed: avro<object>(taxed) } },
    { onFrame: (_, { records }) => void (completed += records.filter(({ type }) => type === "RunCompleted").length) },
  );
  app.createFunction({ id: "tax", triggers: [{ event: "came" }] }, async ({ event, step }) => {
    const tax = await step.run("tax", () => (event.data.n < 10 ? 1 : 2));
    await step.sendEvent("tell", { name: "taxed", data: { n: event.data.n, tax } });
    return tax;
  });
  const today = new Millrace({
    ...options,
    events: { taxed: avro<object>({ ...taxed, fields: [...fields, { name: "currency", type: "string", default: "EUR" }] }) },
  });
  const log = await openKafkaLog({ brokers });
  try {
    await app.start();
    await app.send(Array.from({ length: 20 }, (_, n) => ({ name: "came" as const, data: { n }, key: `key ${n}` })));
    await vi.waitFor(() => expect(completed).toBe(20), { timeout: 30_000, interval: 100 });
    const end = await log.latestOffset({ topic: topics.schemas, partition: 0 });
    await using known = new KnownSchemas({ log, topics, options: today.parts.options.registry, logger: silentLogger });
    const told: string[] = [];
    const written = new WrittenEvents({
      schemaOf: (schema) => known.schemaOf(schema),
      readerOf: today.parts.avroOf,
      onUnreadable: (_, reason) => told.push(reason),
    });
    const { counts, runs } = await dryRun({
      app: id,
      log,
      journal: topics.journal,
      partitions: PARTITIONS,
      // The step is not computed again: what differs is what is sent.
      function: {
        id: "tax",
        retries: 0,
        handler: async ({ event, step }) => {
          const { n } = event.data as { readonly n: number };
          const tax: unknown = await step.run("tax", () => 0);
          await step.sendEvent("tell", { name: "taxed", data: { n, tax: n === 7 ? 9 : (tax as number) } });
          return tax;
        },
      },
      schemas: today.parts,
      written,
    });
    expect([counts.same, counts["other-input"], told]).toEqual([19, 1, []]);
    expect(JSON.parse(runs[0]?.was ?? "[]")).toEqual([{ name: "taxed", data: { n: 7, tax: 1, currency: "EUR" } }]);
    expect(await log.latestOffset({ topic: topics.schemas, partition: 0 })).toBe(end);
  } finally {
    await app.stop();
    await today.stop();
    await log.close();
  }
});
