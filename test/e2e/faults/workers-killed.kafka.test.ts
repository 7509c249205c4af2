// Workers die by SIGKILL at random moments, others take over: whatever was accepted is run once, and what is recorded is never computed again.
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const ROUNDS = rounds(1);
const WORKERS = 3;

test(`workers killed ${ROUNDS} times at random moments lose nothing and do nothing twice that was recorded`, async () => {
  const chance = chanceFor("workers-killed");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance });
  for (let n = 0; n < WORKERS; n++) app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));
  const stopOrdering = app.keepOrdering();

  for (let round = 0; round < ROUNDS; round++) {
    // Sooner or later than the session ends: victims are old owners, new ones, and workers that have not joined yet.
    await delay(chance.between(0, 2_500));
    await chance.pick(app.alive).kill9();
    app.spawn();
    if (round === Math.floor(ROUNDS / 2)) await app.expectRebuildsTheSame();
  }

  await stopOrdering();
  await app.drained();
  expect(app.accepted.size).toBeGreaterThan(ROUNDS);
  await app.expectAllRight();
  console.info(`workers-killed: ${app.accepted.size} events, ${app.counter.effects.length} effects`);
});
