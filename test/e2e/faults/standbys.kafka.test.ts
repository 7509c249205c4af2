// A warm standby: whoever takes over from a dead worker has folded its journal already, and does not pay for its length.
import { expect, test } from "vitest";

import type { TopicPartition } from "../../../engine/log/log.ts";
import { restore } from "../../../engine/task/restore.ts";
import { emptyState } from "../../../engine/workflow/state.ts";
import { AppUnderFaults } from "../../support/faults/app-under-faults.ts";
import { chanceFor } from "../../support/faults/chance.ts";
import { isOwnedBy } from "../../support/faults/history.ts";
import { until } from "../../support/faults/until.ts";
import type { WorkerProcess } from "../../support/faults/worker-process.ts";
import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { writeHistory } from "../../support/long-history.ts";

const PARTITIONS = 2;
/** Takes seconds to fold. */
const DECISIONS = 1_500_000;
const SESSION_MS = 2_000;

test("with a standby, fail-over does not wait until a long journal is read", async () => {
  await using app = await AppUnderFaults.create({ brokers: kafkaBrokers(), chance: chanceFor("standbys"), partitions: PARTITIONS });
  const long = { topic: app.topics.journal, partition: 0 };
  await writeHistory(app.log, long, { decisions: DECISIONS, openRuns: 0 });
  const restoreMs = await timeToRestore(app, long);
  const workers = [app.spawn({ app: { standbys: 1 } }), app.spawn({ app: { standbys: 1 } })];
  await Promise.all(workers.map(({ started }) => started));
  await until(
    "each has one partition and stands by for the other",
    () => app.watch.histories.every(({ owners }) => owners.length > 0) && workers.every(standsBy),
    { timeoutMs: 120_000 },
  );
  const stopOrdering = app.keepOrdering({ everyMs: 20 });
  await until("orders are worked at", () => app.watch.runs.size > 100);

  const owner = app.watch.histories[long.partition]?.owners.at(-1);
  const [victim, survivor] = workers.toSorted((a) => (owner !== undefined && isOwnedBy(owner, a.pid) ? -1 : 1));
  const died = Date.now();
  await victim?.kill9();
  await until("the other owns both", async () => {
    const report = (await survivor?.ask("status", null)) ?? [];
    return report.filter(({ status }) => status === "RUNNING").length === PARTITIONS;
  });
  const pauseMs = app.watch.histories[long.partition]?.longestSilence(died, Date.now());
  await stopOrdering();
  await app.drained();
  await app.expectRebuildsTheSame();
  console.info(`standbys: a pause of ${pauseMs} ms, where reading the journal takes ${restoreMs} ms`);
  expect(restoreMs).toBeGreaterThan(1_000); // else this proves nothing: make the journal longer
  expect(pauseMs).toBeLessThan(SESSION_MS + Math.max(restoreMs / 2, 1_000));
});

function standsBy(worker: WorkerProcess): boolean {
  return worker.said.some(({ msg }) => msg.startsWith("standing by"));
}

async function timeToRestore(app: AppUnderFaults, journal: TopicPartition): Promise<number> {
  const since = performance.now();
  await restore({ log: app.log, journal, state: emptyState(journal.partition, PARTITIONS), signal: new AbortController().signal });
  return Math.round(performance.now() - since);
}
