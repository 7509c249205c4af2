// Ten thousand queued runs get their events back from a real topic, in the order of the journal and in any other.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import type { Log } from "../../../engine/log/log.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { until } from "../../support/faults/until.ts";
import { locate, longHistory, QueuedLine, shuffled, writeHistory } from "../../support/queued-line.ts";

const MAX_BYTES = 2 * 1024 * 1024;

const journal = { topic: `queued-${randomUUID()}`, partition: 0 };
/** Small frames, and some that hold hundreds of runs: as many as were decided while an append was in flight. */
const history = longHistory(1_000, 4, 200);
for (let n = 0; n < 20; n++) {
  history.frame(300);
  history.play({ kind: "knock" });
}
history.claim();
let log: Log;

beforeAll(async () => {
  log = await openKafkaLog({ brokers: kafkaBrokers() });
  await writeHistory(log, journal, history);
});

afterAll(() => log.close());

test.each([
  ["in order", "its claim"],
  ["in order", "all"],
  ["scattered", "its claim"],
  ["scattered", "all"],
] as const)("%s, where the places of frames are known of: %s", async (order, known) => {
  expect(history.rows).toHaveLength(10_000);
  const line = new QueuedLine(log, journal, { maxBytes: MAX_BYTES });
  locate(line, history, known, 0);
  await line.take(order === "in order" ? history.rows : shuffled(history.rows, 3), 500);
  expect(line.mostBytes).toBeLessThan(MAX_BYTES + 300 * 2_000);
  // Whoever looks for a frame that was all but read by another comes to its end a fetch later.
  await until("readers are closed", () => line.open === 0 || line.failures.length > 0);
  expect(line.failures).toEqual([]);
});

test("of a topic that lost its beginning, what is left is read, and what is gone is told (R11)", async () => {
  const place = { topic: `queued-${randomUUID()}`, partition: 0 };
  await writeHistory(log, place, history);
  await log.trim(place, 600);
  const line = new QueuedLine(log, place);
  locate(line, history, "its claim", 0);
  await line.take(history.rows.slice(5_000, 5_100));
  line.events.want(history.rows.slice(0, 1));
  await expect(line.trouble()).rejects.toMatchObject({ code: "QUEUED_EVENTS_LOST" });
});
