// Crons of every second on a real Kafka, over workers that die and an outage of all of them: one run a tick, and what was missed by policy.
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { expectEffectsByOwners, expectEveryStepRan, expectNothingRecordedRanAgain } from "../../support/faults/expectations.ts";
import { CRONS } from "../../support/faults/functions.ts";
import { expectEveryTick, expectLatestTicks, expectTicksInTime, ticksOf } from "../../support/faults/ticks.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const ROUNDS = rounds(0.5);
const OUTAGE_MS = 5_000;

test(`a cron of every second starts one run a tick while one of two workers is killed ${ROUNDS} times, and after an outage what was missed`, async () => {
  const chance = chanceFor("cron");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, functions: "crons" });
  const { histories } = app.watch;
  const decided = (count: number): Promise<unknown> => {
    const before = ticksOf(histories, CRONS.all).length;
    return until(`${count} more ticks are decided`, () => ticksOf(histories, CRONS.all).length >= before + count);
  };
  app.spawn();
  app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));
  await decided(2);

  for (let round = 0; round < ROUNDS; round++) {
    await delay(chance.between(0, 2_000));
    await chance.pick(app.alive).kill9();
    app.spawn();
    await decided(1);
  }
  await Promise.all(app.alive.map((worker) => worker.kill9()));
  await delay(OUTAGE_MS);
  app.spawn();
  app.spawn();
  await decided(2 + OUTAGE_MS / 1_000);
  await app.allOwned();
  await app.expectRebuildsTheSame();

  const sofar = new Set(app.watch.runs.keys());
  await until("every run so far has ended", () => [...sofar].every((id) => app.watch.runs.get(id)?.ends.length === 1));
  await Promise.all(app.alive.map((worker) => worker.stop()));
  expectEveryTick(histories);
  expectLatestTicks(histories, OUTAGE_MS);
  expectTicksInTime(histories);
  expectNothingRecordedRanAgain(histories, app.counter.effects, 0);
  expectEveryStepRan(histories, app.counter.effects);
  expectEffectsByOwners(histories, app.counter.effects);
  const ticks = ticksOf(histories, CRONS.all);
  const owners = new Set(ticks.map(({ epoch }) => epoch)).size;
  expect(owners).toBeGreaterThan(1);
  console.info(`cron: ${ticks.length} ticks by ${owners} owners, of which latest ran ${ticksOf(histories, CRONS.latest).length}`);
});
