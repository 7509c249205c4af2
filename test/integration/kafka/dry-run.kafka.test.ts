// Dry runs beside running workers on Kafka: all partitions are read, and nothing is written.
import { randomUUID } from "node:crypto";
import pino from "pino";
import { expect, test, vi } from "vitest";
import type { FunctionContext } from "../../../engine/execution/function.ts";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { dryRun } from "../../../engine/replay/dry-run/dry-run.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
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
