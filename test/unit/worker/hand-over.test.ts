// Partitions that go from one worker to another while both live: served until the successor has caught up, and nothing is executed twice.
import { afterEach, beforeEach, expect, test } from "vitest";
import { decodeEntry } from "../../../engine/journal/entry.ts";
import type { Millrace } from "../../../engine/sdk/index.ts";
import { AppBench, JOURNAL, PARTITIONS, STATE, statuses, type AppHandler } from "../../support/app-bench.ts";
import { deferred } from "../../support/deferred.ts";
import { turns, until } from "../../support/fake-clock.ts";

let bench: AppBench;

beforeEach(async () => {
  bench = await AppBench.open();
});

afterEach(async () => {
  await bench.close();
});

const GRACE = { stopGraceMs: 10_000 };

/** Whoever reads an image, or a journal from its beginning, does not get on until it is let. */
function holdRestores(): () => void {
  const held = deferred<void>();
  bench.log.onRead = ({ topic, mode, from }) =>
    topic === STATE || (topic === JOURNAL && mode === "bulk" && from === 0) ? held.promise : null;
  return () => {
    bench.log.onRead = () => null;
    held.resolve();
  };
}

function running(of: Millrace): number {
  return of.status().filter(({ status }) => status === "RUNNING").length;
}

async function knockers(): Promise<readonly string[]> {
  const found: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (const { value } of await bench.log.readAll({ topic: JOURNAL, partition })) {
      const entry = decodeEntry(value);
      if (entry.kind === "knock") found.push(entry.knock.worker);
    }
  }
  return found;
}

test("a worker that stops serves its partitions for as long as its successor restores", async () => {
  const [one, two] = [bench.app(bench.noting, GRACE), bench.app(bench.noting, GRACE)];
  await bench.passing(Promise.all([one.start(), two.start()]));
  const letGo = holdRestores();
  const stopped = one.stop();
  await turns(50);
  for (let n = 0; n < 60; n++) await bench.clock.advance(50);
  expect(running(two)).toBeLessThan(PARTITIONS);
  await bench.send(two, 12);
  await until("every event ran, wherever it went", () => bench.executed.length === 12);
  letGo();
  await bench.passing(stopped);
  await until("the other has them all", () => running(two) === PARTITIONS);
  await bench.send(two, 12);
  await until("all ran", () => bench.executed.length === 24);
  expect(new Set(bench.executed).size).toBe(24);
  expect((await knockers()).length).toBeGreaterThan(0);
  for (const [partition, { lsn, digest }] of await two.digests()) expect(digest).toBe(await bench.rebuiltDigest(partition, lsn));
});

test("a worker that joins takes its share without a moment in which nobody serves it, however long it restores", async () => {
  const one = bench.app(bench.noting, GRACE);
  await bench.passing(one.start());
  const letGo = holdRestores();
  const two = bench.app(bench.noting, GRACE);
  const started = two.start();
  // Far longer than what was announced at first: it is said again.
  for (let n = 0; n < 600; n++) await bench.clock.advance(50);
  await bench.send(one, 12);
  await until("every event ran", () => bench.executed.length === 12);
  expect(running(two)).toBe(0);
  letGo();
  await bench.passing(started);
  await bench.passing(until("the new one has its share", () => running(two) > 0 && running(one) + running(two) === PARTITIONS));
  await bench.send(one, 12);
  await until("all ran", () => bench.executed.length === 24);
  expect(new Set(bench.executed).size).toBe(24);
});

test("the last worker waits for nobody", async () => {
  const one = bench.app(bench.noting, { stopGraceMs: 3_600_000 });
  await bench.passing(one.start());
  await one.stop();
  expect(await knockers()).toEqual([]);
});

test("workers that all stop at once do not wait for each other", async () => {
  const apps = [1, 2, 3].map(() => bench.app(bench.noting, { stopGraceMs: 3_600_000 }));
  await bench.passing(Promise.all(apps.map((app) => app.start())));
  const before = bench.clock.monotonicMs();
  await bench.passing(Promise.all(apps.map((app) => app.stop())));
  expect(bench.clock.monotonicMs() - before).toBeLessThan(2_000);
});

test("a successor that is never ready is waited for as long as steps may go on, by a process that ends", async () => {
  const [one, two] = [bench.app(bench.noting, GRACE), bench.app(bench.noting, GRACE)];
  await bench.passing(Promise.all([one.start(), two.start()]));
  const letGo = holdRestores();
  const before = bench.clock.monotonicMs();
  await bench.passing(one.stop());
  expect(bench.clock.monotonicMs() - before).toBeGreaterThanOrEqual(10_000);
  expect(bench.clock.monotonicMs() - before).toBeLessThan(13_000);
  letGo();
  await bench.passing(until("the other has them all", () => running(two) === PARTITIONS));
});

test("a step that executes when the successor knocks may end, is recorded, and is not executed again", async () => {
  const own = deferred<string>();
  const handler: AppHandler = async ({ step, event }) => {
    const said = await step.run("a", () => {
      bench.executed.push(event.id);
      return own.promise;
    });
    await step.run("b", () => bench.executed.push(said));
  };
  const [one, two] = [bench.app(handler, GRACE), bench.app(handler, GRACE)];
  await bench.passing(Promise.all([one.start(), two.start()]));
  // Of many keys one goes to a partition of the first.
  for (let n = 0; one.status().every(({ executingSteps }) => executingSteps === 0); n++) {
    await one.send({ name: "go", data: null, key: `k${n}` });
    await turns(30);
  }
  const begun = bench.executed.length;
  const busy = one.status().find(({ executingSteps }) => executingSteps > 0)?.partition;
  const stopped = one.stop();
  for (let n = 0; n < 100; n++) await bench.clock.advance(50);
  expect(await knockers()).not.toEqual([]);
  expect(two.status().find(({ partition }) => partition === busy)?.status).toBe("RESTORING");
  own.resolve("said");
  await bench.passing(stopped);
  await until("the runs go on", () => bench.executed.length === 2 * begun);
  expect(bench.executed.slice(begun)).toEqual(Array.from({ length: begun }, () => "said"));
});

test("a partition that comes back before its successor was ready is owned again at once", async () => {
  const one = bench.app(bench.noting, GRACE);
  await bench.passing(one.start());
  const letGo = holdRestores();
  const two = bench.app(bench.noting, { ...GRACE, stopGraceMs: 0 });
  two.start().catch(() => {}); // it is stopped while it starts
  await until("some go", () => one.status().length < PARTITIONS);
  await bench.passing(two.stop());
  letGo();
  await bench.passing(until("all are back", () => running(one) === PARTITIONS));
  await bench.send(one, 12);
  await until("all ran", () => bench.executed.length === 12);
  expect(statuses(one)).toEqual(["0 RUNNING", "1 RUNNING", "2 RUNNING"]);
});
