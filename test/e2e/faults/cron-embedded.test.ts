// Crons of every second on the embedded log, in a process that is killed again and again, and stays away for a while.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { expect, test } from "vitest";

import { openEmbeddedLog } from "../../../engine/log/embedded/embedded-log.ts";
import { rebuildDigest } from "../../../engine/replay/verify.ts";
import { appTopics } from "../../../engine/task/app-topics.ts";
import { chanceFor, rounds } from "../../support/faults/chance.ts";
import { startEffectCounter } from "../../support/faults/effect-counter.ts";
import { expectEveryStepRan, expectNothingRecordedRanAgain } from "../../support/faults/expectations.ts";
import { readJournals } from "../../support/faults/journal-watch.ts";
import { expectEveryTick, expectLatestTicks, expectTicksInTime } from "../../support/faults/ticks.ts";
import { until } from "../../support/faults/until.ts";
import { WorkerProcess } from "../../support/faults/worker-process.ts";

const ROUNDS = rounds(0.5);
const OUTAGE_MS = 3_000;

test(`an embedded worker killed ${ROUNDS} times starts one run for every tick, and after an outage what was missed`, async () => {
  const chance = chanceFor("cron-embedded");
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-crons-"));
  await using counter = await startEffectCounter();
  const app = { id: "crons", partitions: 2, log: { kind: "embedded" as const, path: folder } };
  const spawn = (): WorkerProcess => new WorkerProcess({ app, functions: "crons", effectsUrl: counter.url });
  const ran = (count: number): Promise<unknown> => {
    const before = counter.effects.length;
    return until(`${count} more ticks run`, () => counter.effects.length >= before + count);
  };
  let worker = spawn();
  try {
    await worker.started;
    await ran(3);
    for (let round = 0; round < ROUNDS; round++) {
      await delay(chance.between(0, 1_500));
      await worker.kill9();
      if (round === 0) await delay(OUTAGE_MS);
      worker = spawn();
      await worker.started;
      await ran(3);
    }
    const live = new Map(await worker.ask("digests", null));
    await worker.kill9();

    const log = await openEmbeddedLog({ path: folder });
    const { journal } = appTopics(app.id);
    const histories = await readJournals(log, journal, app.partitions);
    expectEveryTick(histories);
    expectLatestTicks(histories, OUTAGE_MS);
    expectTicksInTime(histories);
    expectNothingRecordedRanAgain(histories, counter.effects, 0);
    expectEveryStepRan(histories, counter.effects);
    for (const [partition, state] of live) {
      expect(await rebuildDigest({ log, topics: { journal }, partition, untilLsn: state.lsn })).toEqual(state);
    }
    await log.close();
  } finally {
    await worker.kill9();
    await rm(folder, { recursive: true, force: true });
  }
});
