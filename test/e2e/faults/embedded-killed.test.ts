// The embedded log under a process that is killed at random moments: what was accepted is run once, what is recorded is never computed again.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { partitionOfKey } from "../../../engine/core/murmur2.ts";
import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { rebuildDigest } from "../../../engine/replay/verify.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { startEffectCounter } from "../../support/faults/effect-counter.ts";
import {
  expectEffectsByOwners,
  expectEveryStepRan,
  expectNothingRecordedRanAgain,
  expectOneOutcomeEach,
  expectOneRunEach,
} from "../../support/faults/expectations.ts";
import { FUNCTIONS } from "../../support/faults/functions.ts";
import { readJournals } from "../../support/faults/journal-watch.ts";
import { until } from "../../support/faults/until.ts";
import { WorkerProcess } from "../../support/faults/worker-process.ts";

const ROUNDS = rounds(1);
const PARTITIONS = 2;

test(`an embedded worker killed ${ROUNDS} times at random moments loses nothing and does nothing twice that was recorded`, async () => {
  const chance = chanceFor("embedded-killed");
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-faults-"));
  await using counter = await startEffectCounter();
  const app = { id: "embedded", partitions: PARTITIONS, log: { kind: "embedded" as const, path: folder } };
  const journal = appTopics(app.id).journal;
  const accepted = new Set<string>();
  const uncertain = new Set<string>();
  let worker = new WorkerProcess({ app, functions: "orders", effectsUrl: counter.url });

  try {
    for (let round = 0; round < ROUNDS; round++) {
      await worker.started;
      const ids = Array.from({ length: chance.between(1, 40) }, (_, n) => `order-${chance.seed}-${round}-${n}`);
      for (const id of ids) uncertain.add(id);
      const sending = worker
        .ask(
          "send",
          ids.map((id) => ({ name: "order/placed", id, data: { napMs: chance.random() < 0.3 ? 200 : 0 } })),
        )
        .then(
          () => ids.forEach((id) => accepted.add(id)),
          () => {}, // killed before it could say
        );
      await delay(chance.between(0, 400));
      await worker.kill9();
      await sending;
      worker = new WorkerProcess({ app, functions: "orders", effectsUrl: counter.url });
    }
    await worker.started;
    // Behind everything else in their partitions: when their runs have begun, so have all others.
    const last = Array.from({ length: 8 }, (_, n) => `last-${chance.seed}-${n}`);
    expect(new Set(last.map((id) => partitionOfKey(Buffer.from(id), PARTITIONS))).size).toBe(PARTITIONS);
    for (const id of await worker.ask(
      "send",
      last.map((id) => ({ name: "order/placed", id, data: {} })),
    ))
      accepted.add(id);
    await until("the last events have had their effects", () => {
      const seen = new Set(counter.effects.map(({ eventId }) => eventId));
      return last.every((id) => seen.has(id));
    });
    await until("no run is open", async () => (await worker.ask("status", null)).every(({ openRuns }) => openRuns === 0));
    const live = new Map(await worker.ask("digests", null));
    await worker.kill9();

    const log = await openEmbeddedLog({ path: folder });
    const histories = await readJournals(log, journal, PARTITIONS);
    expectOneRunEach(histories, { accepted, uncertain }, FUNCTIONS.orders);
    expectOneOutcomeEach(histories);
    expectNothingRecordedRanAgain(histories, counter.effects, 0);
    expectEveryStepRan(histories, counter.effects);
    expectEffectsByOwners(histories, counter.effects);
    for (const [partition, state] of live) {
      expect(await rebuildDigest({ log, topics: { journal }, partition, untilLsn: state.lsn })).toEqual(state);
    }
    expect(live.size).toBe(PARTITIONS);
    await log.close();
    console.info(
      `embedded-killed: ${accepted.size} events accepted, ${uncertain.size} sent to a worker that was about to die, ${counter.effects.length} effects`,
    );
  } finally {
    await worker.kill9();
    await rm(folder, { recursive: true, force: true });
  }
});
