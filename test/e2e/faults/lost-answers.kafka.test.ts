// Answers that are lost after the append, and claims that come late: the same bytes again until they are acknowledged (R6), and what is
// doubled or late is passed over by everybody alike (R3, R5).
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { encodeClaim } from "../../../engine/journal/entry.ts";
import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import type { PartitionHistory } from "../../support/faults/history.ts";
import { until } from "../../support/faults/until.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { API, type Frame, forwardAll, type Proxy, startProxiedBroker } from "../../support/kafka/proxy.ts";

/** Marker and fingerprint with which every claim begins. */
const CLAIM_HEAD = encodeClaim({ nonce: 0, replaces: 0, worker: "", time: 0 }).subarray(0, 10);
const LOST = rounds(6);

test(`${LOST} lost answers to appends, of workers and of senders, double nothing`, async () => {
  const chance = chanceFor("lost-answers");
  const { broker, proxy } = await startProxiedBroker();
  await using _broker = broker;
  await using _proxy = proxy;
  await using app = await AppUnderFaults.create({ brokers: [broker.address], chance });
  app.spawn();
  app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));
  const stopOrdering = app.keepOrdering({ everyMs: 20 });

  for (let round = 0; round < LOST; round++) {
    // A cut is seen at once; a silence only when the watchdog's patience is over.
    await loseOne(proxy, chance.between(1, 60), chance.random() < 0.8 ? "cut" : "swallow");
  }
  proxy.setRule(forwardAll);

  await stopOrdering();
  await app.drained();
  await app.expectAllRight();
  expect(app.uncertain.size).toBe(0);
  const copies = passedOver(app.watch.histories, "copy");
  expect(copies).toBeGreaterThan(0);
  console.info(`lost-answers: ${app.accepted.size} events; second copies passed over: ${copies}`);
});

test("a claim whose answer is lost is sent again and counts once", async () => {
  const chance = chanceFor("lost-claims");
  const { broker, proxy } = await startProxiedBroker();
  await using _broker = broker;
  await using _proxy = proxy;
  await using app = await AppUnderFaults.create({ brokers: [broker.address], chance });
  const lost = loseFirstAnswerToClaims(proxy);
  const worker = app.spawn();
  await worker.started;
  expect(lost()).toBeGreaterThan(0);
  for (let n = 0; n < 20; n++) await app.order();
  await app.drained();
  await app.expectAllRight();
  expect(app.watch.histories.map(({ owners }) => owners.length)).toEqual([1, 1, 1, 1]);
  expect(passedOver(app.watch.histories, "claim")).toBeGreaterThan(0);
});

test("where another's claim came first, the owner by the group owns the partition within seconds", async () => {
  const chance = chanceFor("late-claims");
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance });
  const worker = app.spawn();
  await worker.started;
  const stopOrdering = app.keepOrdering({ everyMs: 20 });
  const gaps: number[] = [];

  for (let round = 0; round < rounds(0.6); round++) {
    await delay(chance.between(0, 300));
    const history = chance.pick(app.watch.histories);
    const replaced = history.owners.at(-1);
    await app.log.append({ topic: app.topics.journal, partition: history.partition }, [
      { key: null, value: foreignClaim(replaced?.epoch ?? -1) },
    ]);
    const again = await until(
      "the worker owns the partition again",
      () => {
        const at = history.owners.findIndex(({ claim }) => claim.nonce === FOREIGN_NONCE && claim.replaces === replaced?.epoch);
        return at < 0 ? null : (history.owners.slice(at, at + 2)[1] ?? null);
      },
      { timeoutMs: 15_000, insteadShow: () => worker.said.slice(-10) },
    );
    const foreign = history.owners.at(history.owners.indexOf(again) - 1);
    gaps.push(again.from - (foreign?.from ?? 0));
  }

  await stopOrdering();
  await app.drained();
  await app.expectAllRight();
  expect(Math.max(...gaps)).toBeLessThan(5_000);
  console.info(`late-claims: owned again after ${gaps.join(", ")} ms`);
});

test("a claim that is overtaken on its way to the broker gives way, and is made anew", async () => {
  const chance = chanceFor("overtaken-claims");
  const { broker, proxy } = await startProxiedBroker();
  await using _broker = broker;
  await using _proxy = proxy;
  await using app = await AppUnderFaults.create({ brokers: [broker.address], chance, partitions: 1 });
  const journal = { topic: app.topics.journal, partition: 0 };
  const overtaken = new Promise<void>((resolve, reject) => {
    let isFirst = true;
    proxy.setRule((frame) => {
      if (!isFirst || !isClaim(frame)) return { do: "forward" };
      isFirst = false;
      app.log.append(journal, [{ key: null, value: foreignClaim(-1) }]).then(() => resolve(), reject);
      return { do: "delay", forMs: 1_000 };
    });
  });
  const worker = app.spawn();
  await overtaken;
  await worker.started;
  await app.order();
  await app.drained();
  await app.expectAllRight();
  const [history] = app.watch.histories;
  expect(history?.owners.map(({ claim }) => claim.nonce === FOREIGN_NONCE)).toEqual([true, false]);
  expect(passedOver(app.watch.histories, "claim")).toBeGreaterThan(0);
  const [foreign, own] = history?.owners ?? [];
  expect((own?.from ?? 0) - (foreign?.from ?? 0)).toBeLessThan(5_000);
});

const FOREIGN_NONCE = 4_711;

function foreignClaim(replaces: number): Buffer {
  return encodeClaim({ nonce: FOREIGN_NONCE, replaces, worker: "somebody else", time: Date.now() });
}

function isClaim({ kind, api, bytes }: Frame): boolean {
  return kind === "request" && api === API.produce && bytes.includes(CLAIM_HEAD);
}

/** Loses the n-th answer to a Produce from now; resolves when it is lost. */
async function loseOne(proxy: Proxy, nth: number, how: "cut" | "swallow"): Promise<void> {
  await new Promise<void>((resolve) => {
    let produced = 0;
    proxy.setRule(({ kind, api }) => {
      if (kind !== "answer" || api !== API.produce) return { do: "forward" };
      produced += 1;
      if (produced !== nth) return { do: "forward" };
      resolve();
      return { do: how };
    });
  });
}

/** Each request that carries a claim loses its answer once. Tells how many were lost. */
function loseFirstAnswerToClaims(proxy: Proxy): () => number {
  const waiting = new Set<number>();
  const seen = new Set<string>();
  let lost = 0;
  proxy.setRule((frame) => {
    if (isClaim(frame)) {
      const at = frame.bytes.indexOf(CLAIM_HEAD);
      const claim = frame.bytes.toString("hex", at, at + 20);
      if (!seen.has(claim)) waiting.add(frame.bytes.readInt32BE(4));
      seen.add(claim);
    }
    if (frame.kind !== "answer" || frame.api !== API.produce || !waiting.delete(frame.bytes.readInt32BE(0))) return { do: "forward" };
    lost += 1;
    return { do: "cut" };
  });
  return () => lost;
}

function passedOver(histories: readonly PartitionHistory[], kind: "claim" | "copy"): number {
  return histories.reduce((sum, history) => sum + history.passedOver.filter((one) => one.kind === kind).length, 0);
}
