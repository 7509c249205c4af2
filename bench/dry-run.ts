// Today's code over runs of the past: how many a second, each called twice.
import { pino } from "pino";
import { deriveRunId, stepKey } from "../engine/core/ids.ts";
import type { Handler } from "../engine/execution/function.ts";
import { encodeClaim } from "../engine/journal/entry.ts";
import { encodeFrame } from "../engine/journal/frame-formats.ts";
import type { Log } from "../engine/log/log.ts";
import { dryRun } from "../engine/replay/dry-run/dry-run.ts";
import { openLog } from "../engine/sdk/open-log.ts";
import type { JournalRecord } from "../engine/workflow/records.ts";
import type { BenchLog } from "./bench-log.ts";

/** One of so many would be another. */
const DIFFERS = 100;
const RUNS_A_FRAME = 50;
const FRAMES_AN_APPEND = 20;

/** Three steps and a sleep, one of them computed again. */
const handler: Handler = async ({ event, step }) => {
  const { n } = event.data as { readonly n: number };
  const user = await step.run("create user", () => ({ n }));
  const price = await step.run({ id: "price", pure: true }, () => (user.n % DIFFERS === 0 ? 1 : 2));
  await step.sleep("settle in", "1 day");
  const mail = await step.run("send mail", () => ({ n }));
  return { user, price, mail };
};

interface Given {
  readonly log: BenchLog;
  readonly partitions: number;
  readonly runs: number;
  readonly say: (line: string) => void;
}

export async function dryRunSpeed({ log, partitions, runs, say }: Given): Promise<object> {
  const opened = await openLog(log.options, pino({ level: "warn" }, pino.destination(2)), new AbortController().signal);
  const journal = `${log.unique}.journal`;
  await opened.createTopics([{ topic: journal, partitions, settings: { "max.message.bytes": "4194304" } }]);
  say(`writing ${runs} runs`);
  for (let partition = 0; partition < partitions; partition++) await writePast(opened, journal, partition, partitions, runs);
  const since = performance.now();
  const report = await dryRun({
    app: "bench",
    log: opened,
    journal,
    partitions,
    function: { id: "three", retries: 0, handler },
  });
  const seconds = (performance.now() - since) / 1_000;
  await opened.close();
  return {
    bench: "dry-run",
    log: log.kind,
    runs: report.total,
    differ: report.runs.length,
    as_expected: report.total === runs && report.runs.length === Math.ceil(runs / DIFFERS),
    runs_per_s: Math.round(runs / seconds),
    seconds: Math.round(seconds * 100) / 100,
    rss_mb: Math.round(process.memoryUsage().rss / 1024 / 1024),
  };
}

async function writePast(log: Log, topic: string, partition: number, partitions: number, runs: number): Promise<void> {
  const target = { topic, partition };
  const { baseOffset: epoch } = await log.append(target, [
    { key: null, value: encodeClaim({ nonce: 1, replaces: -1, worker: "past", time: 0 }) },
  ]);
  let lsn = 1;
  let batch: { readonly key: null; readonly value: Buffer }[] = [];
  let records: JournalRecord[] = [];
  const close = async (isLast: boolean): Promise<void> => {
    if (records.length > 0) {
      lsn += 1;
      batch.push({ key: null, value: encodeFrame({ epoch, nonce: 1, lsn, time: lsn, inputs: [], records }) });
      records = [];
    }
    if (batch.length === 0 || (!isLast && batch.length < FRAMES_AN_APPEND)) return;
    await log.append(target, batch);
    batch = [];
  };
  let written = 0;
  for (let n = partition; n < runs; n += partitions) {
    records.push(...pastRun(n, partition, lsn + 1));
    if (++written % RUNS_A_FRAME === 0) await close(false);
  }
  await close(true);
}

function pastRun(n: number, partition: number, time: number): readonly JournalRecord[] {
  const run = deriveRunId(n, partition, "three", `${n}`);
  const event = {
    id: `e${n}`,
    name: "bench/started",
    data: JSON.stringify({ n, email: "somebody@example.com", plan: "basic" }),
    time: n,
    key: null,
    topic: "events",
    partition,
    offset: n,
    appendedAt: n,
    corrects: null,
    trace: null,
  };
  const alone = { parent: null, startBy: null, finishBy: null, cancels: [], needs: [], singleton: null };
  const done = (id: string, output: unknown): JournalRecord => ({
    type: "StepCompleted",
    run,
    step: stepKey(id, 0),
    output: JSON.stringify(output),
    began: n,
  });
  const nap = stepKey("settle in", 0);
  return [
    { type: "RunsStarted", event, runs: [{ id: run, functionId: "three", ...alone }], batch: [] },
    done("create user", { n }),
    done("price", 2),
    { type: "SleepStarted", run, step: nap, wakeAt: time + 86_400_000, resting: true },
    { type: "SleepEnded", run, step: nap },
    done("send mail", { n }),
    { type: "RunCompleted", run, output: JSON.stringify({ user: { n }, price: 2, mail: { n } }) },
  ];
}
