// Owners that do not know that they are none any more: frozen past their session and thawed, or two at once by force (R3, R4, R8).
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import type { Thaw } from "../../support/faults/expectations.ts";
import { isOwnedBy } from "../../support/faults/history.ts";
import { until } from "../../support/faults/until.ts";
import type { WorkerProcess } from "../../support/faults/worker-process.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const FREEZES = rounds(0.5);

test(`owners frozen ${FREEZES} times past their session begin nothing after the thaw, and none of their late appends counts`, async () => {
  const chance = chanceFor("owners-frozen");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance });
  for (let n = 0; n < 3; n++) app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));
  const stopOrdering = app.keepOrdering({ everyMs: 20 });
  const thaws: Thaw[] = [];

  for (let round = 0; round < FREEZES; round++) {
    await app.allOwned();
    await delay(chance.between(0, 1_000));
    const frozen = chance.pick(app.workers.filter((worker) => owned(app, worker).length > 0));
    frozen.freeze();
    await until("others own its partitions", () => owned(app, frozen).length === 0, { timeoutMs: 20_000 });
    await delay(chance.between(0, 1_500));
    thaws.push({ pid: frozen.pid, at: Date.now() });
    frozen.thaw();
    await until("it owns partitions again", () => owned(app, frozen).length > 0, { timeoutMs: 30_000, insteadShow: () => frozen.said });
  }

  await stopOrdering();
  await app.drained();
  await app.expectAllRight({ thaws });
  console.info(`owners-frozen: ${app.accepted.size} events; late appends passed over: ${passedOver(app)}`);
});

test("two owners that both claim every partition decide everything once", async () => {
  const chance = chanceFor("two-owners");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance });
  const all = [0, 1, 2, 3];
  const [one, other] = [app.spawn({ forced: all }), app.spawn({ forced: all })];
  await Promise.all([one.started, other.started]);
  const stopOrdering = app.keepOrdering();

  const claims = (): number => app.watch.histories.reduce((sum, { owners }) => sum + owners.length, 0);
  await until("they have taken the partitions from each other many times", () => claims() >= 10 + rounds(3), { timeoutMs: 60_000 });
  await stopOrdering();
  await other.ask("assign", []);

  await app.drained();
  // Within a proof's age of a claim its predecessor may begin a step still, be it recorded meanwhile: at least once is what steps have.
  await app.expectAllRight({ ownersOverlapMs: 1_050 });
  expect(passedOver(app)).toBeGreaterThan(0);
  console.info(`two-owners: ${app.accepted.size} events, ${claims()} claims; appends passed over: ${passedOver(app)}`);
});

function owned(app: AppUnderFaults, { pid }: WorkerProcess): readonly number[] {
  return app.watch.histories.flatMap(({ partition, owners }) => {
    const owner = owners.at(-1);
    return owner !== undefined && isOwnedBy(owner, pid) ? [partition] : [];
  });
}

function passedOver(app: AppUnderFaults): number {
  return app.watch.histories.reduce((sum, history) => sum + history.passedOver.length, 0);
}
