// Folding a journal: how fast a partition's state is rebuilt from its decisions.
import { pino } from "pino";
import { openLog } from "../engine/sdk/open-log.ts";
import { restore } from "../engine/task/restore.ts";
import { emptyState } from "../engine/workflow/state.ts";
import { writeHistory } from "../test/support/long-history.ts";
import type { BenchLog } from "./bench-log.ts";

const OPEN_RUNS = 1_000;

/** A journal such as `three-steps` leaves behind; the last thousand runs are still open. */
export async function restoreSpeed({
  log,
  records,
  say,
}: {
  log: BenchLog;
  records: number;
  say: (line: string) => void;
}): Promise<object> {
  const { signal } = new AbortController();
  const opened = await openLog(log.options, pino({ level: "warn" }, pino.destination(2)), signal);
  const journal = { topic: `${log.unique}.journal`, partition: 0 };
  await opened.createTopics([{ topic: journal.topic, partitions: 1, settings: { "max.message.bytes": "4194304" } }]);
  say(`writing ${records} decisions`);
  await writeHistory(opened, journal, { decisions: records, openRuns: OPEN_RUNS });
  const speeds: number[] = [];
  let openRuns = 0;
  for (let round = 0; round < 3; round++) {
    const state = emptyState(0, 1);
    const since = performance.now();
    const { records: folded } = await restore({ log: opened, journal, state, signal });
    speeds.push(Math.round(folded / ((performance.now() - since) / 1_000)));
    openRuns = state.runs.size;
    say(`folded ${folded} decisions, ${speeds.at(-1)} a second`);
  }
  await opened.close();
  return {
    bench: "restore",
    log: log.kind,
    records,
    records_per_s: Math.max(...speeds),
    records_per_s_rounds: speeds,
    open_runs: openRuns,
  };
}
