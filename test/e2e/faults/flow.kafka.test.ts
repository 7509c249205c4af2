// Limits over several workers that are killed, frozen and replaced: exact but for what a replaced owner still does, nothing lost, nothing left.
import { setTimeout as delay } from "node:timers/promises";

import pino from "pino";
import { expect, test } from "vitest";

import { lastStates, leftIn } from "../../../examples/flow-control/demo/left-over.ts";
import { Millrace } from "../../../engine/sdk/index.ts";
import { permitKey } from "../../../engine/workflow/flow/keys.ts";
import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { isOwnedBy } from "../../support/faults/history.ts";
import { LimitMeter, mostAtOnce, mostWithin, type Visit } from "../../support/faults/limit-meter.ts";
import { LIMITS, THROTTLE, THROTTLED_AT_ONCE, type LimitedData } from "../../support/faults/limited.ts";
import { until } from "../../support/faults/until.ts";
import type { WorkerProcess } from "../../support/faults/worker-process.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";

const ROUNDS = rounds(0.4);
/** What a frozen owner began is still under way when it is replaced. */
const LONGER_THAN_A_SESSION_MS = 4_000;
const KEYS = ["a", "b", "c", "d", "e", "f", "g"];

test(`limits hold to the last step while workers are killed and frozen ${ROUNDS} times each; nothing is lost, and no slot is left`, async () => {
  const chance = chanceFor("flow-limits");
  await using meter = await LimitMeter.start();
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, functions: "limited" });
  for (let n = 0; n < 3; n++) app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));
  await app.allOwned();
  const asking = keepAsking(app, (n) => {
    const data = {
      url: meter.url,
      key: chance.pick(KEYS),
      holdMs: chance.random() < 0.01 ? LONGER_THAN_A_SESSION_MS : chance.between(5, 60),
    };
    return [n % 4 === 0 ? "sharing/asked" : "limited/asked", data];
  });

  for (let round = 0; round < ROUNDS; round++) {
    await delay(chance.between(200, 1_500));
    await chance.pick(app.alive).kill9();
    app.spawn();
    await app.allOwned();
    const frozen = chance.pick(app.workers.filter((worker) => owned(app, worker).length > 0));
    frozen.freeze();
    await until("others own its partitions", () => owned(app, frozen).length === 0, { timeoutMs: 20_000 });
    await delay(chance.between(0, 1_500));
    frozen.thaw();
    await app.allOwned();
  }

  const sent = await asking.stop();
  await ended(app, sent);
  const { perKey, shared } = LIMITS.limited;
  const visits = byOwners(app, meter.visits);
  for (const key of KEYS) expect(mostAtOnce(visits.filter((visit) => visit.functionId === "limited" && visit.key === key))).toBe(perKey);
  expect(mostAtOnce(visits)).toBeLessThanOrEqual(shared);
  expect(mostAtOnce(visits)).toBeGreaterThan(perKey);
  await expectNothingLeft(app);
  await app.expectRebuildsTheSame();
  const most = { counted: mostAtOnce(visits), withReplacedOwners: mostAtOnce(meter.visits) };
  console.info(`flow-limits: ${sent} events, ${meter.visits.length} visits; at once ${JSON.stringify(most)}`);
});

test("a throttle keeps its rate while whoever keeps it is killed, and starts what waits", async () => {
  const chance = chanceFor("flow-throttle");
  await using meter = await LimitMeter.start();
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, functions: "limited" });
  for (let n = 0; n < 3; n++) app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));
  await app.allOwned();
  const count = 200;
  await Promise.all(
    Array.from({ length: count }, () => app.send("throttled/asked", { url: meter.url, key: "", holdMs: 10 } satisfies LimitedData)),
  );

  const starts = (): readonly number[] =>
    app.watch.histories.flatMap(({ frames }) =>
      frames.flatMap(({ frame }) =>
        frame.records.flatMap((record) =>
          record.type === "RunsStarted" && record.runs[0]?.functionId === "throttled" ? [frame.time] : [],
        ),
      ),
    );
  for (const part of [0.2, 0.5]) {
    await until("so many have started", () => starts().length >= part * count);
    const run = [...app.watch.runs.values()].find(({ functionId }) => functionId === "throttled");
    const keeper = app.alive.find((worker) => owned(app, worker).includes(run?.partition ?? -1)) ?? chance.pick(app.alive);
    await keeper.kill9();
    app.spawn();
  }
  await ended(app, count);
  // A start counts as of when it was due, if that is no more than 20 ms ago.
  const most = THROTTLE.limit + THROTTLE.burst - 1 + Math.ceil((THROTTLE.limit * 20) / 1_000);
  expect(mostWithin(starts(), 1_000)).toBeLessThanOrEqual(most);
  // What was let in and has not begun has a slot.
  const firsts = new Map(meter.visits.toReversed().map(({ run, from }) => [run, from]));
  expect(mostWithin([...firsts.values()], 1_000)).toBeLessThanOrEqual(most + THROTTLED_AT_ONCE);
  expect(mostAtOnce(byOwners(app, meter.visits))).toBeLessThanOrEqual(THROTTLED_AT_ONCE);
  await expectNothingLeft(app);
});

test("a function that is paused stays so when all workers are killed, and resumed everything that waited starts", async () => {
  const chance = chanceFor("flow-pause");
  await using meter = await LimitMeter.start();
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, functions: "limited" });
  const people = new Millrace({
    id: app.id,
    log: { kind: "kafka", brokers: [...kafkaBrokers()] },
    partitions: app.partitions,
    logger: pino({ level: "silent" }),
  });
  try {
    for (let n = 0; n < 2; n++) app.spawn();
    await Promise.all(app.workers.map(({ started }) => started));
    await app.allOwned();
    await people.pause("limited");
    const data: LimitedData = { url: meter.url, key: "a", holdMs: 5 };
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push(await app.send("limited/asked", data));
    await until("all of them wait", () => queued(app).length === ids.length);
    await Promise.all(app.alive.map((worker) => worker.kill9()));
    for (let n = 0; n < 2; n++) app.spawn();
    await app.allOwned();
    ids.push(await app.send("limited/asked", data));
    await until("the last waits too", () => queued(app).length === ids.length);
    expect(meter.visits).toEqual([]);

    await people.resume("limited");
    await ended(app, ids.length);
    expect(mostAtOnce(byOwners(app, meter.visits))).toBe(LIMITS.limited.perKey);
    await expectNothingLeft(app);
    await app.expectRebuildsTheSame();
  } finally {
    await people.stop();
  }
});

test("a limit that a deployment raises or lowers counts at once for those who wait, and none of them is lost", async () => {
  const chance = chanceFor("flow-deployments");
  await using meter = await LimitMeter.start();
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance, functions: "limited" });
  const first = app.spawn();
  await first.started;
  const count = 120;
  const data: LimitedData = { url: meter.url, key: "a", holdMs: 40 };
  await Promise.all(Array.from({ length: count }, () => app.send("limited/asked", data)));
  await until("some have begun", () => meter.visits.length > 10);

  const wide = app.spawn({ functions: "limited-wide" });
  await wide.started;
  await first.stop();
  await until("more of them begin", () => mostAtOnce(meter.visits) === LIMITS["limited-wide"].perKey, {
    insteadShow: () => wide.said.slice(-5),
  });

  const narrow = app.spawn({ functions: "limited-narrow" });
  await narrow.started;
  const since = Date.now();
  await wide.kill9();
  await ended(app, count);
  const visits = byOwners(app, meter.visits);
  expect(mostAtOnce(visits)).toBe(LIMITS["limited-wide"].perKey);
  const later = visits.filter(({ from }) => from > since);
  expect(later.length).toBeGreaterThan(0);
  for (const { from } of later) expect(visits.filter((other) => other.from <= from && from < other.until).length).toBe(1);
  await expectNothingLeft(app);
  await app.expectRebuildsTheSame();
});

interface Asking {
  /** Resolves with how many were sent, when the log has them. */
  stop(): Promise<number>;
}

function keepAsking(app: AppUnderFaults, next: (n: number) => readonly [name: string, data: LimitedData]): Asking {
  let isOver = false;
  const asking = (async () => {
    let n = 0;
    for (; !isOver; n++) {
      const [name, data] = next(n);
      await app.send(name, data);
      await delay(30);
    }
    return n;
  })();
  asking.catch(() => {}); // whoever stops it hears of it
  return {
    stop: () => {
      isOver = true;
      return asking;
    },
  };
}

/** So many runs have ended, and every one that began has. */
async function ended(app: AppUnderFaults, count: number): Promise<void> {
  await until(`${count} runs have ended`, () => app.watch.openRuns === 0 && app.watch.runs.size === count, {
    timeoutMs: 90_000,
    insteadShow: () => ({ runs: app.watch.runs.size, open: app.watch.openRuns, workers: app.alive.map(({ said }) => said.slice(-8)) }),
  });
  expect([...app.watch.runs.values()].filter(({ ends }) => ends[0]?.type !== "RunCompleted" || ends.length !== 1)).toEqual([]);
}

/** Visits that owners of their runs made, and each only until another owner replaced that one: what it still does then, nobody can know. */
function byOwners(app: AppUnderFaults, visits: readonly Visit[]): readonly Visit[] {
  return visits.flatMap((visit) => {
    const owners = app.watch.histories.find(({ runs }) => runs.has(visit.run))?.owners ?? [];
    const owner = owners.find((one) => isOwnedBy(one, visit.pid) && one.from <= visit.from && visit.from < one.until);
    return owner === undefined ? [] : [{ ...visit, until: Math.min(visit.until, owner.until) }];
  });
}

async function expectNothingLeft(app: AppUnderFaults): Promise<void> {
  const states = await lastStates(app.log, app.topics.journal);
  expect(states.flatMap(leftIn)).toEqual([]);
  // What partitions have of a limit is what its place has lent them.
  for (const place of states) {
    for (const [pool, { leases }] of place.flow.pools) {
      for (const state of states) {
        const held = state.flow.permits.get(permitKey(place.partition, pool))?.granted ?? 0;
        expect([pool, state.partition, held]).toEqual([pool, state.partition, leases.get(state.partition) ?? 0]);
      }
    }
  }
}

function queued(app: AppUnderFaults): readonly string[] {
  return app.watch.histories.flatMap(({ frames }) =>
    frames.flatMap(({ frame }) => frame.records.flatMap((record) => (record.type === "RunQueued" ? [record.run] : []))),
  );
}

function owned(app: AppUnderFaults, { pid }: WorkerProcess): readonly number[] {
  return app.watch.histories.flatMap(({ partition, owners }) => {
    const owner = owners.at(-1);
    return owner !== undefined && isOwnedBy(owner, pid) ? [partition] : [];
  });
}
