// start() keeps its promise while other workers are slow, old, or both: an event sent after it resolved, from anywhere, is never decided
// without the new function.
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const ROUNDS = rounds(0.3);
const chance = chanceFor("deployments");

test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
  "round %i: a new version starts while one of three old workers is frozen",
  async () => {
    await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance });
    // Frozen for less than its session it comes back as an owner that knows nothing; for longer, its successor is the one who learns.
    const isExpelled = chance.random() < 0.5;
    const log = { kind: "kafka" as const, brokers: kafkaBrokers(), sessionTimeoutMs: isExpelled ? 2_000 : 10_000 };
    const old = [app.spawn({ app: { log } }), app.spawn({ app: { log } }), app.spawn({ app: { log } })];
    await Promise.all(old.map(({ started }) => started));
    await app.allOwned();
    const stopOrdering = app.keepOrdering({ everyMs: 10 });

    const slow = chance.pick(old);
    slow.freeze();
    const fresh = app.spawn({ functions: "orders-and-letters" });
    const thawing = delay(chance.between(500, 4_000)).then(() => slow.thaw());
    await fresh.started;
    // Sent before may be decided either way; sent from here on, only the new one.
    const before = new Set([...app.accepted, ...app.uncertain]);
    await until("some are sent after it", () => app.accepted.size > before.size + 50);
    await thawing;
    await stopOrdering();
    await until("every event has runs", () => [...app.accepted].every((id) => app.watch.startedEvents.has(id)));

    for (const worker of old) await worker.stop();
    await app.drained();
    const functionsOf = Map.groupBy(app.watch.runs.values(), ({ eventId }) => eventId);
    const wrong = [...functionsOf]
      .map(([id, runs]) => ({
        id,
        isAfter: !before.has(id),
        functions: runs
          .map(({ functionId }) => functionId)
          .toSorted()
          .join(),
      }))
      .filter(({ isAfter, functions }) => functions !== "count,letter,ship" && (isAfter || functions !== "count,ship"));
    expect(wrong).toEqual([]);
    await app.expectRebuildsTheSame();
  },
);

test("a partition that does not take up the new functions is named, and does when it can", async () => {
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance });
  const slow = app.spawn({ forced: [0] });
  const old = app.spawn({ forced: [1, 2, 3] });
  await Promise.all([slow.started, old.started]);
  slow.freeze();
  await old.kill9();

  const fresh = app.spawn({ functions: "orders-and-letters", forced: [1, 2, 3], app: { activationTimeoutMs: 1_500 } });
  await expect(fresh.started).rejects.toThrow(expect.objectContaining({ code: "ACTIVATION_TIMEOUT" }));
  await expect(fresh.started).rejects.toThrow(/partition 0 is assigned to another worker/);

  // The worker goes on, and so does the slow one with what it can do.
  slow.thaw();
  const letters = (): ReadonlySet<number> =>
    new Set([...app.watch.runs.values()].flatMap(({ functionId, partition }) => (functionId === "letter" ? [partition] : [])));
  await until("every partition decides by the new functions", async () => {
    await app.order();
    return letters().size === app.partitions;
  });
  await slow.stop();
  await fresh.ask("assign", [0, 1, 2, 3]);
  await app.drained();
  await app.expectRebuildsTheSame();
});
