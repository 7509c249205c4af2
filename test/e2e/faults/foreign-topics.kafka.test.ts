// Topics of others as sources, with partition counts of their own: every record is decided once, by the task that it belongs to (R5, R11).
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { expectEffectsByOwners, expectNothingRecordedRanAgain, expectOneOutcomeEach } from "../../support/faults/expectations.ts";
import { ForeignClient, type ForeignRecord } from "../../support/faults/foreign-client.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const PARTITIONS = 4;

test.each([3, 6])("a foreign topic of %i partitions is taken in exactly once by an app of four, through crashes", async (count) => {
  const chance = chanceFor(`foreign-${count}`);
  const foreign = new ForeignClient(kafkaBrokers());
  const topic = `foreign-${count}-${chance.seed}-${Date.now()}`;
  await foreign.createTopic(topic, count);
  await using app = await AppUnderFaults.create({
    brokers: kafkaBrokers(),
    chance,
    partitions: PARTITIONS,
    app: { sources: [{ topic, from: "beginning" }] },
  });

  let sent = 0;
  let committed = 30;
  const batch = (size: number): readonly ForeignRecord[] =>
    Array.from({ length: size }, () => {
      sent += 1;
      return {
        partition: chance.between(0, count - 1),
        value: `{"n":${sent}}`,
        headers: { ce_type: "order/placed", ce_id: `foreign-${sent % 50}` },
      };
    });
  await foreign.send(topic, batch(30)); // before the app exists
  app.spawn();
  app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));

  for (let round = 0; round < rounds(0.3); round++) {
    await foreign.send(topic, batch(30));
    await foreign.sendInTransaction(topic, batch(20), "abort");
    await foreign.sendInTransaction(topic, batch(20), "commit");
    committed += 50;
    await delay(chance.between(0, 500));
    await chance.pick(app.alive).kill9();
    app.spawn();
  }

  const wanted = new Set<string>();
  for (let partition = 0; partition < count; partition++) {
    for (const { offset } of await app.read(topic, partition)) wanted.add(`${topic}/${partition}@${offset}`);
  }
  expect(wanted.size).toBe(committed);
  await until("every record has runs, and they have ended", () => app.watch.openRuns === 0 && places(app).size >= wanted.size, {
    insteadShow: () => ({ wanted: wanted.size, started: places(app).size, open: app.watch.openRuns }),
  });

  const found = places(app);
  expect([...found.keys()].toSorted()).toEqual([...wanted].toSorted());
  for (const [place, runs] of found) {
    expect(runs.map(({ functionId }) => functionId).toSorted(), place).toEqual(["count", "ship"]);
    const partition = Number(/\/(\d+)@/.exec(place)?.[1]);
    expect(new Set(runs.map((run) => run.partition)), place).toEqual(new Set([partition % PARTITIONS]));
  }
  const { histories } = app.watch;
  expectOneOutcomeEach(histories);
  expectNothingRecordedRanAgain(histories, app.counter.effects, 0);
  expectEffectsByOwners(histories, app.counter.effects);
  await app.expectRebuildsTheSame();
  console.info(`foreign-topics: ${found.size} records of ${count} partitions`);
});

function places(app: AppUnderFaults): ReadonlyMap<string, readonly { readonly functionId: string; readonly partition: number }[]> {
  return Map.groupBy(app.watch.runs.values(), ({ place }) => place);
}
