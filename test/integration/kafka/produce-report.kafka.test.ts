// A flood of events on a real broker: more than fit the buffer, in the order of their calls, each where its report says.
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const CALLS = 3_000;
const KEYS = 40;
const PARTITIONS = 4;

test.each([
  ["at once", 0],
  ["with linger", 5],
])("events sent %s stand where their report says, each key in the order of its calls", async (_, lingerMs) => {
  const id = `flood-${randomUUID()}`;
  const app = new Millrace({
    id,
    partitions: PARTITIONS,
    log: { kind: "kafka", brokers: kafkaBrokers(), compression: "zstd" },
    send: { lingerMs, maxBufferedBytes: 100_000, maxBatchBytes: 20_000 },
    logger: pino({ level: "silent" }),
  });
  const results = await Promise.all(
    Array.from({ length: CALLS }, (_value, n) => {
      return app.send([0, 1].map((part) => ({ name: "go", key: `k${n % KEYS}`, data: { n, part, text: "x".repeat(n % 300) } })));
    }),
  );
  await app.stop();

  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  const seen = new Map<string, number[]>();
  const places = new Map<string, string>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const target = { topic: `${id}.events`, partition };
    const end = await log.latestOffset(target);
    const reader = log.openReader({ ...target, from: 0, mode: "bulk" });
    for (let next = 0; next < end;) {
      const batch = await reader.next();
      next = batch.nextOffset;
      for (const { key, value, headers, offset } of batch.records) {
        const { n, part } = JSON.parse(value?.toString() ?? "") as { n: number; part: number };
        const numbers = seen.get(key?.toString() ?? "") ?? [];
        seen.set(key?.toString() ?? "", [...numbers, 2 * n + part]);
        places.set(`${partition}/${offset}`, headers["ce_id"]?.toString() ?? "");
      }
    }
    reader.close();
  }
  await log.close();
  for (const numbers of seen.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  const told = results.flatMap(({ ids, records }) =>
    records.map(({ partition, offset }, index) => [`${partition}/${offset}`, ids[index]] as const),
  );
  expect(new Map(told)).toEqual(places);
  expect(places.size).toBe(2 * CALLS);
});
