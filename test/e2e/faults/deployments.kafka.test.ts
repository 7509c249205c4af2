// start() keeps its promise while other workers are slow, old, or both: an event sent after it resolved, from anywhere, is never decided
// without the new function.
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import type { JournalRecord } from "../../../schemas/journal/generated.ts";
import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { readJournals } from "../../support/faults/journal-watch.ts";
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
    expect(await partitionsWithLetters(app)).toBe(app.partitions);
    await until("some are sent after it", () => app.accepted.size > before.size + 50);
    await thawing;
    await stopOrdering();
    await until("every event has runs", () => [...app.accepted].every((id) => app.watch.startedEvents.has(id)));

    for (const worker of old) await worker.stop();
    await app.drained();
    expect(decidedWithoutLetters(app, before)).toEqual([]);
    await app.expectRebuildsTheSame();
  },
);

test("start() waits for a frozen worker's partitions, though the group has nothing to wait for", async () => {
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance });
  const slow = app.spawn({ forced: [0, 1] });
  const old = app.spawn({ forced: [2, 3] });
  await Promise.all([slow.started, old.started]);
  await app.allOwned();
  slow.freeze();
  const stopOrdering = app.keepOrdering({ everyMs: 10 });
  const fresh = app.spawn({ functions: "orders-and-letters", forced: [] });
  await until("the other two partitions decide by the new functions", async () => (await partitionsWithLetters(app)) === 2);
  const first = await Promise.race([fresh.started.then(() => "started"), delay(chance.between(500, 1_500)).then(() => "thawing")]);
  expect(first).toBe("thawing");
  slow.thaw();
  await fresh.started;
  const before = new Set([...app.accepted, ...app.uncertain]);
  expect(await partitionsWithLetters(app)).toBe(app.partitions);
  await until("some are sent after it", () => app.accepted.size > before.size + 50);
  await stopOrdering();
  await until("every event has runs", () => [...app.accepted].every((id) => app.watch.startedEvents.has(id)));
  await Promise.all([slow.stop(), old.stop()]);
  await fresh.ask("assign", [0, 1, 2, 3]);
  await app.drained();
  expect(decidedWithoutLetters(app, before)).toEqual([]);
  await app.expectRebuildsTheSame();
});

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

/** Partitions whose journal says, now, that they decide by the new functions. */
async function partitionsWithLetters(app: AppUnderFaults): Promise<number> {
  const histories = await readJournals(app.log, app.topics.journal, app.partitions);
  const activates = (record: JournalRecord): boolean => record.type === "ManifestActivated" && record.content.includes('"letter"');
  return histories.filter(({ frames }) => frames.some(({ frame }) => frame.records.some(activates))).length;
}

/** Events that were decided by functions which are neither the new ones nor, for those sent before, the old ones. */
function decidedWithoutLetters(app: AppUnderFaults, before: ReadonlySet<string>): readonly string[] {
  const wrong: string[] = [];
  for (const [id, runs] of Map.groupBy(app.watch.runs.values(), ({ eventId }) => eventId)) {
    const names = runs.map(({ functionId }) => functionId).toSorted();
    const functions = names.join();
    if (functions !== "count,letter,ship" && (functions !== "count,ship" || !before.has(id))) wrong.push(`${id}: ${functions}`);
  }
  return wrong;
}
