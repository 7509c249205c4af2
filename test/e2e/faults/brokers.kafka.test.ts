// Brokers that die, leave or freeze under working owners: appends go on within seconds, nothing is lost, nothing is doubled.
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { ForeignClient } from "../../support/faults/foreign-client.ts";
import { quorumLeader } from "../../support/faults/quorum.ts";
import { allAppending, longestSilence } from "../../support/faults/silences.ts";
import { until } from "../../support/faults/until.ts";
import type { Broker, Cluster } from "../../support/kafka/broker.ts";
import { startBroker, startCluster } from "../../support/kafka/start.ts";

const KILLS = rounds(0.3);
const LOOPS = rounds(0.1);
/** By when a silence would have begun: the broker's session is 3 s, a client's patience 2.5 s. */
const FELT_MS = 5_000;

test(`the only broker killed ${KILLS} times and started again loses nothing that was acknowledged`, async () => {
  const chance = chanceFor("broker-killed");
  await using broker = await startBroker();
  await using app = await AppUnderFaults.create({ brokers: [broker.address], chance });
  for (let n = 0; n < 2; n++) app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));
  const stopOrdering = app.keepOrdering();
  const gaps: number[] = [];

  for (let round = 0; round < KILLS; round++) {
    await until("every partition appends", () => allAppending(app.watch.histories));
    await delay(chance.between(0, 500));
    await broker.kill9();
    await delay(chance.between(0, 3_000));
    await broker.restart();
    const back = Date.now();
    await until("every partition appends again", () => app.watch.histories.every(({ frames }) => (frames.at(-1)?.at ?? 0) >= back), {
      timeoutMs: 60_000,
      insteadShow: () => app.workers.map(({ said }) => said.slice(-8)),
    });
    gaps.push(Date.now() - back);
  }

  await stopOrdering();
  await app.drained();
  await app.expectAllRight();
  console.info(`broker-killed: ${app.accepted.size} events; all partitions append ${gaps.join(", ")} ms after the broker serves again`);
});

test("a leader that stops, is killed or freezes, of three, is left behind within seconds", async () => {
  const chance = chanceFor("leaders");
  await using cluster = await startCluster({ nodes: 3 });
  await using app = await AppUnderFaults.create({ brokers: cluster.addresses, chance, partitions: 3 });
  for (let n = 0; n < 2; n++) app.spawn();
  await Promise.all(app.workers.map(({ started }) => started));
  const stopOrdering = app.keepOrdering();
  const felt: string[] = [];

  for (let loop = 0; loop < LOOPS; loop++) {
    for (const fault of ["stop", "kill9", "freeze", "freeze the quorum's leader"] as const) {
      await allInSync(cluster, app);
      await until("every partition appends", () => allAppending(app.watch.histories));
      const leads = await quorumLeader(await aLiveAddress(cluster));
      const victim = chance.pick(cluster.brokers.filter(({ id }) => (id === leads) === (fault === "freeze the quorum's leader")));
      await delay(chance.between(0, 500));
      const since = Date.now();
      await strike(victim, fault);
      await until("every partition appends without it", () => Date.now() > since + FELT_MS && allAppending(app.watch.histories), {
        timeoutMs: 90_000,
        insteadShow: () => app.workers.map(({ said }) => said.slice(-8)),
      });
      const silence = longestSilence(app.watch.histories, since);
      felt.push(`${fault} ${silence} ms`);
      console.info(`leaders: ${fault}, longest silence of a partition ${silence} ms`);
      expect(silence, fault).toBeLessThan(fault === "freeze the quorum's leader" ? 25_000 : 10_000);
      if (fault.startsWith("freeze")) await victim.thaw();
      else await victim.restart();
    }
  }

  await stopOrdering();
  await app.drained(120_000);
  await app.expectAllRight();
  console.info(`leaders: ${app.accepted.size} events; ${felt.join(", ")}`);
});

async function strike(broker: Broker, fault: "stop" | "kill9" | "freeze" | "freeze the quorum's leader"): Promise<void> {
  if (fault === "stop") await broker.stop();
  else if (fault === "kill9") await broker.kill9();
  else await broker.freeze();
}

/** Another fault is survivable: three copies of everything are back. */
async function allInSync(cluster: Cluster, app: AppUnderFaults): Promise<void> {
  const foreign = new ForeignClient(cluster.addresses);
  const { events, journal, functions, deadLetter } = app.topics;
  const topics = [events, journal, functions, deadLetter, "__consumer_offsets"];
  await until("all replicas are in sync", async () => {
    const all = await Promise.all(topics.map((topic) => foreign.leaders(topic)));
    return all.flat().every(({ leader, inSync }) => leader >= 0 && inSync.length === 3);
  });
}

async function aLiveAddress(cluster: Cluster): Promise<string> {
  const [broker] = cluster.brokers;
  if (broker === undefined) throw new Error("a cluster has brokers");
  return broker.address;
}
