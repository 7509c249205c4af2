// Runs that wait for events on a real Kafka, while workers die by SIGKILL and all of them are gone for a while: each wait comes to its event,
// or to nothing where none came in time, once, and the same after a rebuild (R7, R13).
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { expectOneOutcomeEach } from "../../support/faults/expectations.ts";
import { until } from "../../support/faults/until.ts";
import { COLLECTED, expectAllCollected, expectWaitsRight, takenAt, waitsOf } from "../../support/faults/waits.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const ROUNDS = rounds(0.5);
const WORKERS = 3;
/** Longer than the deadlines that pass meanwhile. */
const OUTAGE_MS = 4_000;

test(`each wait has one outcome while workers are killed ${ROUNDS} times and all are gone for a while: its event if it came in time, from whatever partition`, async () => {
  const chance = chanceFor("waits");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, functions: "waiting" });
  for (let n = 0; n < WORKERS; n++) app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));

  const sending: Promise<void>[] = [];
  let guests = 0;
  // Neither has a key: they come to partitions by chance, and most to others than those where their waits are decided.
  const serve = async (n: number): Promise<void> => {
    const timeoutMs = chance.pick([600, 2_000, 3_000]);
    await app.send("guest/came", { n, timeoutMs });
    if (chance.random() < 0.2) return;
    await delay(chance.between(0, 1.3 * timeoutMs));
    await app.send("guest/paid", { n });
  };
  const collect = async (n: number): Promise<void> => {
    await app.send("guest/asked", { n });
    for (let seen = 0; seen < COLLECTED; seen++) {
      await delay(chance.between(0, 1_500));
      await app.send("guest/seen", { n });
    }
  };
  const stop = new AbortController();
  const coming = (async () => {
    while (!stop.signal.aborted) {
      guests += 1;
      sending.push(serve(guests), collect(guests));
      await delay(60);
    }
  })();

  for (let round = 0; round < ROUNDS; round++) {
    await delay(chance.between(200, 2_500));
    await chance.pick(app.alive).kill9();
    app.spawn();
    if (round === Math.floor(ROUNDS / 2)) {
      await app.allOwned();
      await app.expectRebuildsTheSame();
    }
  }
  await Promise.all(app.alive.map((worker) => worker.kill9()));
  await delay(OUTAGE_MS);
  for (let n = 0; n < WORKERS; n++) app.spawn();
  await delay(1_000);
  stop.abort();
  await coming;
  await Promise.all(sending);

  const waits = () => waitsOf(app.watch.histories);
  await until("every run has ended", () => app.watch.startedEvents.size === 2 * guests && app.watch.openRuns === 0, {
    timeoutMs: 90_000,
    insteadShow: () =>
      waits()
        .filter(({ resolved }) => resolved.length === 0)
        .slice(0, 10),
  });
  const partitions = Array.from({ length: app.partitions }, (_, partition) => app.read(app.topics.events, partition));
  const paidAt = takenAt((await Promise.all(partitions)).flat(), "guest/paid");
  expectWaitsRight(waits(), paidAt);
  expectAllCollected(waits(), guests);
  expectOneOutcomeEach(app.watch.histories);
  await app.allOwned();
  await app.expectRebuildsTheSame();
  const unsure = app.workers.flatMap((worker) => worker.saidCode("WAIT_EXPIRED_UNSURE"));
  expect(unsure).toEqual([]);
  const found = waits().filter(({ resolved }) => resolved[0]?.event !== null).length;
  console.info(`waits: ${waits().length} waits, of which ${found} found their event; ${paidAt.size} payments`);
});
