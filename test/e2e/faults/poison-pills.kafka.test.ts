// A run that ends or blocks its process is quarantined, while its neighbours finish (DESIGN §6).
import { randomUUID } from "node:crypto";
import pino from "pino";
import { expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";
import { rebuildDigest } from "../../../engine/replay/verify.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { expectOnlyPoisonQuarantined, neighboursAndPoison } from "../../support/faults/poison.ts";
import { Supervisor } from "../../support/faults/supervisor.ts";
import { until } from "../../support/faults/until.ts";
import type { WorkerSettings } from "../../support/faults/worker.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const PARTITIONS = 8;
const NEIGHBOURS = 2_000;

function settingsOf(functions: WorkerSettings["functions"]): WorkerSettings {
  const log = { kind: "kafka" as const, brokers: kafkaBrokers(), sessionTimeoutMs: 2_000 };
  return { app: { id: `poison-${randomUUID().slice(0, 8)}`, partitions: PARTITIONS, log, stopGraceMs: 3_000 }, functions, effectsUrl: "" };
}

test(`a run that aborts its process is quarantined, and ${NEIGHBOURS} neighbours with steps of a second finish; mended, it is released`, async () => {
  const settings = settingsOf("poisoned");
  const { id } = settings.app;
  const sender = new Millrace({ ...settings.app, logger: pino({ level: "silent" }) });
  await sender.send(neighboursAndPoison(NEIGHBOURS));
  const began = performance.now();
  await using supervisor = new Supervisor(settings);
  await supervisor.settled(PARTITIONS, 1, 280_000);
  const seconds = Math.round((performance.now() - began) / 1_000);
  const { deaths } = supervisor;
  expect(deaths).toBeLessThanOrEqual(10);
  expect(supervisor.saidCode("RUN_QUARANTINED").length).toBe(1);

  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  const { poison, calledAlone } = await expectOnlyPoisonQuarantined(log, id, PARTITIONS, NEIGHBOURS);
  expect(supervisor.alerts).toMatchObject([{ code: "RUN_QUARANTINED", runId: poison, functionId: "poison" }]);
  for (const [partition, { lsn, digest }] of await supervisor.digests()) {
    const rebuilt = await rebuildDigest({ log, topics: { journal: appTopics(id).journal }, partition, untilLsn: lsn });
    expect(rebuilt).toMatchObject({ lsn, digest });
  }
  await supervisor.stop();
  console.info(`poison-pills: ${NEIGHBOURS} neighbours, ${deaths} deaths, ${seconds} s; neighbours that were called alone: ${calledAlone}`);

  await using mended = new Supervisor({ ...settings, functions: "mended" });
  await mended.settled(PARTITIONS, 1, 60_000);
  await sender.release(poison);
  await mended.settled(PARTITIONS, 0, 30_000);
  expect(mended.deaths).toBe(0);
  await mended.stop();
  await sender.stop();
  await log.close();
});

test("a step that blocks the event loop for longer than the session does not go round all workers for ever", async () => {
  const settings = settingsOf("poisoned");
  const { id } = settings.app;
  const neighbours = 40;
  const sender = new Millrace({ ...settings.app, logger: pino({ level: "silent" }) });
  await sender.send(neighboursAndPoison(neighbours, { blockMs: 8_000 }));
  const began = performance.now();
  await using supervisor = new Supervisor(settings, 2);
  await supervisor.settled(PARTITIONS, 1, 290_000);
  const seconds = Math.round((performance.now() - began) / 1_000);
  expect(supervisor.deaths).toBe(0);
  const log = await openKafkaLog({ brokers: kafkaBrokers() });
  const { calledAlone } = await expectOnlyPoisonQuarantined(log, id, PARTITIONS, neighbours);
  await until("the alert is told", () => supervisor.alerts.length > 0);
  console.info(`poison-pills: a blocked loop, ${seconds} s; neighbours that were called alone: ${calledAlone}`);
  await supervisor.stop();
  await sender.stop();
  await log.close();
});
