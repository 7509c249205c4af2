// A journal on real Kafka is trimmed behind two images, and its app goes on as if nothing had happened (R1).
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { expect, test } from "vitest";
import { FakeClock } from "../../support/fake-clock.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { silentLogger } from "../../../engine/observability/logger.ts";
import { JournalTrim } from "../../../engine/task/journal-trim.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const DAY_MS = 86_400_000;

test("old entries go, runs that are under way do not notice, and replay says what it cannot reach", async () => {
  const id = `kept-${randomUUID()}`;
  const brokers = kafkaBrokers();
  const done: number[] = [];
  const live = async (numbers: readonly number[]): Promise<void> => {
    const app = new Millrace<{ counted: { n: number }; answered: { n: number } }>({
      id,
      log: { kind: "kafka", brokers },
      partitions: 1,
      retention: { journal: "1 day" },
      logger: pino({ level: "silent" }),
    });
    app.createFunction({ id: "count", triggers: [{ event: "counted" }] }, async ({ event, step }) => {
      const n = await step.run("number", () => event.data.n);
      const answer = n === 0 ? await step.waitForEvent("answer", { event: "answered", match: "data.n", timeout: "90 days" }) : event;
      done.push(answer?.data.n ?? -1);
    });
    const expected = done.length + numbers.filter((n) => n !== 0).length;
    await app.start();
    for (const n of numbers) await app.send({ name: n < 0 ? "answered" : "counted", data: { n: Math.max(n, 0) } });
    await until("runs are over", () => done.length === expected);
    await app.stop();
  };
  const log = await openKafkaLog({ brokers });
  const journal = { topic: `${id}.journal`, partition: 0 };
  const clock = new FakeClock(Date.now() + 3 * DAY_MS);
  const trim = new JournalTrim({
    log,
    journal,
    image: { topic: `${id}.state`, partition: 0 },
    state: emptyState(0, 1),
    clock,
    logger: silentLogger,
    signal: new AbortController().signal,
    whenProved: (act) => act(),
    now: () => clock.wallMs(),
    retentionMs: DAY_MS,
    lookMs: 1,
    minEntries: 5,
  });
  const look = async (): Promise<number> => {
    await clock.advance(10);
    trim.tick();
    await until("it has looked", () => !trim.isLooking);
    return log.earliestOffset(journal);
  };
  try {
    await live([0, 1, 2, 3, 4, 5]);
    expect(await look()).toBe(0);
    await live([6, 7]);
    expect(await look()).toBeGreaterThan(5);
    // The run that began before all of that, and what it did, are in the image.
    await live([-1]);
    expect(done.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  } finally {
    await log.close();
  }
});
