// A worker process on a real Kafka whose topics others broke tells a webhook of each stop: once, though the webhook was down at first, and nothing of
// what the records say.
import { expect, test } from "vitest";
import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor } from "../../support/faults/chance.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { WebhookReceiver } from "../../support/webhook-receiver.ts";

const [DAMAGED, TRIMMED] = [0, 1];
const CANARY = "canary 4242";
/** A partition is stuck after a minute. */
const PATIENCE = { timeoutMs: 150_000 };

test("a partition that stops, is stuck, and a source that stops are one message each to a webhook (R9, R11)", async () => {
  await using receiver = await WebhookReceiver.open();
  // Who is thrown out of the group because it was slow once opens its partitions again, and tells of them again.
  const patient = { kind: "kafka" as const, brokers: kafkaBrokers(), sessionTimeoutMs: 30_000 };
  const options = { alerts: [{ url: receiver.url }], log: patient };
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance: chanceFor("alerts"), partitions: 2, app: options });
  const first = app.spawn();
  await first.started;
  await Promise.all(Array.from({ length: 10 }, () => app.order()));
  await app.drained();
  await first.stop();

  for (let n = 0; n < 20; n++) await app.send("order/placed", { canary: CANARY });
  const events = { topic: app.topics.events, partition: TRIMMED };
  await app.log.trim(events, (await app.log.latestOffset(events)) - 1);
  await app.log.append({ topic: app.topics.journal, partition: DAMAGED }, [{ key: null, value: Buffer.from(CANARY) }]);
  const second = app.spawn();
  const insteadShow = () => [receiver.tries, second.said.slice(-20)];
  await until("it is told that the partition is stuck", () => receiver.taken("PARTITION_STUCK").length > 0, { ...PATIENCE, insteadShow });

  const count = Map.groupBy(receiver.tries, ({ body }) => body.code);
  expect(new Set(count.keys())).toEqual(new Set(["PARTITION_STOPPED", "SOURCE_STOPPED", "PARTITION_STUCK"]));
  for (const [code, tries] of count) {
    const at = { partitions: [code === "SOURCE_STOPPED" ? TRIMMED : DAMAGED], count: 1, app: app.id };
    expect(tries.map(({ body, isTaken }) => ({ ...body, isTaken }))).toMatchObject([
      { ...at, isTaken: false },
      { ...at, isTaken: true },
    ]);
    expect(new Set(tries.map(({ text }) => text)).size).toBe(1);
  }
  expect(JSON.stringify(receiver.tries)).not.toContain("canary");
});
