// Workers are replaced one by one in good order while orders keep coming: nothing is lost, nothing is executed twice, nothing stands still.
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const REPLACED = rounds(0.6);
const WORKERS = 3;
/** The benchmark `handover` measures the pause (500 ms at the most); here other tests share the machine. */
const STANDSTILL_MS = 2_500;

test(`${REPLACED} workers rolled one by one: no order is lost, no step is executed twice, and no partition stands still`, async () => {
  const chance = chanceFor("workers-rolled");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance });
  for (let n = 0; n < WORKERS; n++) app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));
  await app.allOwned();
  const stopOrdering = app.keepOrdering({ everyMs: 15 });
  const from = Date.now();

  for (let round = 0; round < REPLACED; round++) {
    // The new one first, or the old one first: both are ways to deploy.
    if (chance.random() < 0.5) await app.spawn().started;
    await delay(chance.between(0, 500));
    await app.alive[0]?.stop();
    if (app.alive.length < WORKERS) await app.spawn().started;
    await delay(chance.between(0, 500));
  }

  const to = Date.now();
  await stopOrdering();
  await app.drained();
  await app.expectAllRight();
  expect(app.uncertain.size).toBe(0);
  expect(executedTwice(app)).toEqual([]);
  const standstills = app.watch.histories.map((history) => history.longestSilence(from, to));
  expect(Math.max(...standstills)).toBeLessThan(STANDSTILL_MS);
  const handOvers = app.watch.histories.reduce((sum, { owners }) => sum + owners.filter((owner) => owner.from > from).length, 0);
  console.info(`workers-rolled: ${app.accepted.size} events, ${handOvers} hand-overs, longest silences ${standstills.join(", ")} ms`);
});

/** Attempts of steps of which more than one body was called, with the owners of their partition at the time. */
function executedTwice(app: AppUnderFaults): readonly unknown[] {
  const byName = Map.groupBy(app.counter.effects, ({ run, step, attempt }) => `${run} ${step} ${attempt}`);
  return [...byName].flatMap(([name, effects]) => {
    const [first] = effects;
    if (first === undefined || effects.length === 1) return [];
    const history = app.watch.histories.find(({ runs }) => runs.has(first.run));
    const owners = history?.owners.filter((owner) => owner.until > first.at - 5_000 && owner.from < first.at + 10_000);
    return [
      { name, at: effects.map(({ pid, at }) => [pid, at]), owners: owners?.map(({ claim, from, until }) => [claim.worker, from, until]) },
    ];
  });
}
