// Projecting a journal into a run history: how fast runs and steps become rows.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { RunHistory } from "../consumers/run-history/run-history-sink.ts";
import { decodeEntry } from "../engine/journal/entry.ts";
import { silentLogger } from "../engine/observability/logger.ts";
import { openLog } from "../engine/sdk/open-log.ts";
import { feedToEnd } from "../engine/worker/sink/run-sink.ts";
import { writeHistory } from "../test/support/long-history.ts";
import { cpuSeconds, type BenchLog } from "./bench-log.ts";

const OPEN_RUNS = 1_000;

/** A journal such as `three-steps` leaves behind: five records a run, fifty a frame. Read from the log, decoded, and written to a file. */
export async function projectSpeed({
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
  const topic = `${log.unique}.journal`;
  await opened.createTopics([{ topic, partitions: 1, settings: { "max.message.bytes": "4194304" } }]);
  say(`writing ${records} decisions`);
  await writeHistory(opened, { topic, partition: 0 }, { decisions: records, openRuns: OPEN_RUNS });
  const directory = await mkdtemp(path.join(tmpdir(), "millrace-project-"));
  const speeds: number[] = [];
  const byCpu: number[] = [];
  const feed = { log: opened, topic, partitions: 1, logger: silentLogger };
  const perSecond = (since: number): number => Math.round(records / ((performance.now() - since) / 1_000));
  try {
    for (let round = 0; round < 3; round++) {
      using history = new RunHistory(path.join(directory, `${round}.db`), { app: log.unique, topic });
      const since = performance.now();
      const cpu = cpuSeconds();
      await feedToEnd({ ...feed, sink: history });
      byCpu.push(Math.round(records / (cpuSeconds() - cpu)));
      speeds.push(perSecond(since));
      say(`projected ${records} decisions, ${speeds.at(-1)} a second`);
    }
    const since = performance.now();
    // What there is to gain where rows cost nothing.
    await feedToEnd({ ...feed, sink: { description: "nothing", positions: () => new Map(), write: decodeAll } });
    return {
      bench: "project",
      log: log.kind,
      records,
      records_per_s: Math.max(...speeds),
      records_per_s_rounds: speeds,
      records_per_cpu_s: Math.max(...byCpu),
      decoded_per_s: perSecond(since),
    };
  } finally {
    await opened.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function decodeAll({ records }: { readonly records: readonly { readonly value: Buffer | null }[] }): "stored" {
  for (const { value } of records) decodeEntry(value);
  return "stored";
}
