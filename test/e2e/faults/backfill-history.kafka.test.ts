// A new function gets the past while events keep coming and its workers die by SIGKILL: each event has one run of it, whichever side of the seam
// it came to.
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { backfillCommand, tellAll } from "../../../engine/task/backfill/command.ts";
import type { BackfillProgress } from "../../../engine/task/backfill/progress.ts";
import { BackfillWatch } from "../../../engine/task/backfill/watch.ts";
import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const ROUNDS = rounds(0.7);
const BEFORE = 400;

test(`a backfill under load, with workers killed ${ROUNDS} times, misses nothing and doubles nothing (R5, R10)`, async () => {
  const chance = chanceFor("backfill-history");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, functions: "orders-and-letters" });
  const old = [app.spawn({ functions: "orders" }), app.spawn({ functions: "orders" })];
  await Promise.all(old.map(({ started }) => started));
  const stopOrdering = app.keepOrdering({ everyMs: 10 });
  await until("there is a past", () => app.accepted.size >= BEFORE);

  // The function comes while events do: where it begins to count is in their midst.
  const fresh = [app.spawn(), app.spawn(), app.spawn()];
  await Promise.all(fresh.map(({ started }) => started));
  for (const worker of old) await worker.stop();
  const command = backfillCommand("letter", { from: "beginning", rate: 120, id: "letters" }, null);
  await tellAll({ log: app.log, inbox: app.topics.inbox, partitions: app.partitions }, command);

  for (let round = 0; round < ROUNDS; round++) {
    await delay(chance.between(200, 1_500));
    await chance.pick(app.alive).kill9();
    app.spawn();
  }
  const done = await overOf(app, "letters");
  expect(done).toMatchObject({ status: "done", missing: 0, isCut: false });
  expect(done.started).toBeGreaterThanOrEqual(BEFORE);

  await stopOrdering();
  await app.drained();
  expect(app.accepted.size).toBeGreaterThan(done.started);
  await app.expectAllRight();
  console.info(`backfill-history: ${done.started} events of the past, ${app.accepted.size} in all`);
});

async function overOf(app: AppUnderFaults, id: string): Promise<BackfillProgress> {
  const watch = new BackfillWatch(app);
  let last: BackfillProgress | undefined;
  return until(
    "the backfill is over",
    async () => {
      last = (await watch.look()).find((one) => one.id === id);
      return last === undefined || last.status === "running" || last.status === "paused" ? null : last;
    },
    { timeoutMs: 60_000, insteadShow: () => last },
  );
}
