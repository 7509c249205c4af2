// Topics that others broke: entries from the future, a retention that was too short, a topic made anew. What is hit stops loudly and says
// how to go on, everything else keeps going (R2, R4, R11).
import { expect, test } from "vitest";

import { LogError } from "../../../engine/log/errors.ts";
import { JournalError } from "../../../engine/journal/errors.ts";
import { rebuildDigest } from "../../../engine/replay/verify.ts";
import { partitionOfKey } from "../../../engine/core/murmur2.ts";
import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor } from "../../support/faults/chance.ts";
import { ForeignClient } from "../../support/faults/foreign-client.ts";
import { until } from "../../support/faults/until.ts";
import type { WorkerProcess } from "../../support/faults/worker-process.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const PARTITIONS = 2;
const HIT = 1;

/** Single-object marker, a fingerprint that nobody has, a body. */
const FROM_THE_FUTURE = Buffer.from("c301" + "0123456789abcdef" + "00112233", "hex");

test.each([
  ["JOURNAL_UNKNOWN_FORMAT", FROM_THE_FUTURE],
  ["JOURNAL_DAMAGED", Buffer.from("somebody else's record")],
] as const)("a journal with an entry of %s stops its partition alone, before and after a restart", async (code, value) => {
  const chance = chanceFor(`journal ${code}`);
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, partitions: PARTITIONS });
  const worker = app.spawn();
  await worker.started;
  await orders(app, 20);
  await app.drained();
  await app.expectRebuildsTheSame();

  const { baseOffset } = await app.log.append({ topic: app.topics.journal, partition: HIT }, [{ key: null, value }]);
  await expectStopped(worker, HIT, code);
  await expectOthersGoOn(app);
  await app.expectRebuildsTheSame({ stopped: 1 });
  await worker.kill9();

  const next = app.spawn();
  const line = await expectStopped(next, HIT, code);
  expect(line.msg).toContain(`offset ${baseOffset}`);
  await expectOthersGoOn(app);
  const rebuilding = rebuildDigest({ log: app.log, topics: app.topics, partition: HIT });
  await expect(rebuilding).rejects.toThrow(expect.objectContaining({ code }));
  expect(await rebuilding.catch((error: unknown) => error)).toBeInstanceOf(JournalError);
  await app.expectRebuildsTheSame({ stopped: 1 });
});

test("a source whose retention passed the position stops, says what is missing, and goes on where it is told to", async () => {
  const chance = chanceFor("retention");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, partitions: PARTITIONS });
  const first = app.spawn();
  await first.started;
  await orders(app, 10);
  await app.drained();
  await first.stop();

  await orders(app, 20);
  const events = { topic: app.topics.events, partition: HIT };
  const to = (await app.log.latestOffset(events)) - 1;
  const lost = (await app.read(events.topic, HIT)).filter(({ offset }) => offset < to).map(({ headers }) => String(headers["ce_id"]));
  await app.log.trim(events, to);

  const second = app.spawn();
  const line = await until("the worker says what is missing", () => second.saidCode("SOURCE_MISSING_HISTORY")[0] ?? null);
  const hint = `skipMissing: [{ topic: "${events.topic}", partition: ${HIT}, to: ${to} }]`;
  expect(line.msg).toContain(hint);
  const report = await second.ask("status", null);
  expect(report.find(({ partition }) => partition === HIT)?.problems.join()).toContain(hint);
  await expectOthersGoOn(app);
  await app.expectRebuildsTheSame();
  await second.stop();

  const third = app.spawn({ app: { skipMissing: [{ topic: events.topic, partition: HIT, to }] } });
  await third.started;
  const started = app.watch.startedEvents;
  for (const id of lost) if (!started.has(id)) app.accepted.delete(id);
  await orders(app, 10);
  await app.drained();
  const jumps = app.watch.histories.flatMap(({ frames }) =>
    frames.flatMap(({ frame }) => frame.records.filter((r) => r.type === "SourcePositionSet")),
  );
  expect(jumps).toMatchObject([{ topic: events.topic, partition: HIT, to }]);
  await app.expectAllRight();
});

test.each([
  ["SOURCE_PAST_END", 2],
  ["SOURCE_RECREATED", 60],
] as const)("a source that was made anew while the app was down stops with %s", async (code, eventsAfter) => {
  const chance = chanceFor(code);
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, partitions: PARTITIONS });
  const foreign = new ForeignClient(kafkaBrokers());
  const first = app.spawn();
  await first.started;
  await orders(app, 20);
  await app.drained();
  await first.stop();

  await recreate(app, foreign, app.topics.events);
  await foreign.send(
    app.topics.events,
    Array.from({ length: eventsAfter }, (_, n) => ({
      partition: n % PARTITIONS,
      value: `{"n":${n}}`,
      headers: { ce_type: "order/placed", ce_id: `anew-${n}` },
    })),
  );
  const second = app.spawn();
  await second.started;
  await until("both partitions of it stopped", () => second.saidCode(code).length >= PARTITIONS, { insteadShow: () => second.said });
  expect(second.saidCode(code)[0]?.msg).toContain("skipMissing");
  expect([...app.watch.startedEvents].filter((id) => id.startsWith("anew"))).toEqual([]);
  await app.expectRebuildsTheSame();
});

test("a journal that was made anew under its owner stops the partition: nothing is decided from an empty one", async () => {
  const chance = chanceFor("journal-anew");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, partitions: PARTITIONS });
  const foreign = new ForeignClient(kafkaBrokers());
  const worker = app.spawn({ app: { log: { kind: "kafka", brokers: kafkaBrokers(), sessionTimeoutMs: 30_000 } } });
  await worker.started;
  await orders(app, 20);
  await app.drained();
  await app.expectRebuildsTheSame();
  await app.watch[Symbol.asyncDispose]();

  // Frozen meanwhile, so that what it meets is a journal that is shorter, and not one that is missing.
  worker.freeze();
  await recreate(app, foreign, app.topics.journal);
  const effectsBefore = app.counter.effects.length;
  worker.thaw();
  for (let partition = 0; partition < PARTITIONS; partition++) await expectStopped(worker, partition, "JOURNAL_TRUNCATED");
  await orders(app, 5);
  expect(app.counter.effects.length).toBe(effectsBefore);
});

test.each(["deleted", "made anew"] as const)(
  "a journal that was %s while the app was down is missed: nothing is decided twice",
  async (how) => {
    const chance = chanceFor(`journal-${how}`);
    await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, partitions: PARTITIONS });
    const foreign = new ForeignClient(kafkaBrokers());
    const first = app.spawn();
    await first.started;
    await orders(app, 20);
    await app.drained();
    await first.stop();
    await app.watch[Symbol.asyncDispose]();

    const effectsBefore = app.counter.effects.length;
    if (how === "made anew") await recreate(app, foreign, app.topics.journal);
    else await foreign.deleteTopic(app.topics.journal);
    const second = app.spawn();
    for (let partition = 0; partition < PARTITIONS; partition++) await expectStopped(second, partition, "JOURNAL_TRUNCATED");
    expect(app.counter.effects.length).toBe(effectsBefore);
  },
);

test("a journal that is made anew under a working owner stops the partition, whatever it meets first", async () => {
  const chance = chanceFor("journal-gone");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, partitions: PARTITIONS });
  const foreign = new ForeignClient(kafkaBrokers());
  const worker = app.spawn();
  await worker.started;
  await orders(app, 20);
  await app.drained();
  await app.watch[Symbol.asyncDispose]();
  const effectsBefore = app.counter.effects.length;
  await recreate(app, foreign, app.topics.journal);
  for (let partition = 0; partition < PARTITIONS; partition++) await expectStopped(worker, partition, "JOURNAL_TRUNCATED");
  expect(app.counter.effects.length).toBe(effectsBefore);
});

async function orders(app: AppUnderFaults, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => app.order()));
}

/** Orders of the other partition have their runs; those of the one that was hit are no longer waited for. */
async function expectOthersGoOn(app: AppUnderFaults): Promise<void> {
  const before = new Set(app.accepted);
  await orders(app, 10);
  const other = [...app.accepted].filter((id) => !before.has(id) && partitionOfKey(Buffer.from(id), PARTITIONS) !== HIT);
  await until("the other partition goes on", () => {
    const started = app.watch.startedEvents;
    return other.every((id) => started.has(id));
  });
}

async function expectStopped(worker: WorkerProcess, partition: number, code: string): Promise<{ readonly msg: string }> {
  const line = await until(
    `partition ${partition} stopped with ${code}`,
    () => worker.saidCode(code).find((said) => said.partition === partition) ?? null,
    { insteadShow: () => worker.said },
  );
  const report = await worker.ask("status", null);
  expect(report.find((one) => one.partition === partition)).toMatchObject({ status: "CLOSED", problems: [expect.any(String)] });
  return line;
}

async function recreate(app: AppUnderFaults, foreign: ForeignClient, topic: string): Promise<void> {
  await foreign.deleteTopic(topic);
  await until("it is gone", async () => !(await foreign.topics()).includes(topic));
  await until("it is there again", async () => {
    try {
      await foreign.createTopic(topic, app.partitions);
      return true;
    } catch {
      return false;
    }
  });
  await until("it can be read", async () => {
    try {
      return (await app.log.latestOffset({ topic, partition: HIT })) === 0;
    } catch (error) {
      if (error instanceof LogError) return false;
      throw error;
    }
  });
}
