// npm run bench -- <case> [options]: one JSON line a case.
import { unreachable } from "../engine/core/errors.ts";
import { appendLimit } from "./append-limit.ts";
import { backlog } from "./backlog.ts";
import { callOf, usage } from "./call.ts";
import { consume } from "./consume.ts";
import { dryRunSpeed } from "./dry-run.ts";
import { failover } from "./failover.ts";
import { fairness } from "./fairness.ts";
import { flowConcurrency } from "./flow-concurrency.ts";
import { handover } from "./handover.ts";
import { historyLists } from "./history-lists.ts";
import { idle } from "./idle.ts";
import { openBenchLog, type BenchLog } from "./bench-log.ts";
import { produce } from "./produce.ts";
import { projectSpeed } from "./project.ts";
import { restoreCheckpoint } from "./restore-checkpoint.ts";
import { restoreSpeed } from "./restore.ts";
import { limitHeap } from "./small-heap.ts";
import { sleeping } from "./sleeping.ts";
import { threeSteps } from "./three-steps.ts";
import { waits } from "./waits.ts";

const call = callOf(process.argv.slice(2));
if (call.kind === "usage") {
  const { problem } = call;
  (problem === null ? process.stdout : process.stderr).write(problem === null ? usage() : `${problem}\n\n${usage()}`);
  // As sysexits.h has it for a wrong call.
  process.exit(problem === null ? 0 : 64);
}
const { name, values } = call;
const say = (line: string): void => void (values.json || process.stderr.write(`${line}\n`));
const partitions = Number(values.partitions);
const inFlight = Number(values["in-flight"] ?? 64);
const rounds = Number(values.rounds ?? 2);

async function measure(log: BenchLog): Promise<object> {
  switch (name) {
    case "three-steps":
      return threeSteps({
        log,
        partitions,
        fsync: values.fsync === "always" ? "always" : "never",
        inFlight,
        runs: Number(values.runs ?? defaultRuns(inFlight)),
        producer: values.producer === "separate" ? "separate" : "worker",
        encrypted: values.codec,
        say,
      });
    case "restore":
      return restoreSpeed({ log, records: Number(values.records), say });
    case "consume":
      return consume({ log, partitions, events: Number(values.runs ?? 200_000), keys: Number(values.keys), say });
    case "dry-run":
      return dryRunSpeed({ log, partitions, runs: Number(values.runs ?? 10_000), say });
    case "project":
      return projectSpeed({ log, records: Number(values.records), say });
    case "history-lists":
      return historyLists({ runs: Number(values.runs ?? 1_000_000), say });
    case "restore-checkpoint":
      return restoreCheckpoint({ log, records: Number(values.records), runs: Number(values.runs ?? 10_000), say });
    case "sleeping":
      return sleeping({ log, partitions, runs: Number(values.runs ?? process.env["MILLRACE_BENCH_RUNS"] ?? 1_000_000), say });
    case "waits":
      return waits({
        log,
        partitions,
        fsync: values.fsync === "always" ? "always" : "never",
        openWaits: Number(values["open-waits"]),
        events: Number(values.events),
        keyed: values.keyed,
        say,
      });
    case "flow-concurrency":
      return flowConcurrency({
        log,
        partitions,
        fsync: values.fsync === "always" ? "always" : "never",
        inFlight: Number(values["in-flight"] ?? 400),
        runs: Number(values.runs ?? process.env["MILLRACE_BENCH_RUNS"] ?? 20_000),
        rounds: Number(values.rounds ?? 4),
        keys: Number(values.keys),
        say,
      });
    case "backlog":
      return backlog({
        log,
        partitions,
        runs: Number(values.runs ?? process.env["MILLRACE_BENCH_RUNS"] ?? 1_000_000),
        heldBy: values["held-by"] === "pause" ? "pause" : "concurrency",
        say,
      });
    case "fairness":
      return fairness({ log, partitions, runs: Number(values.runs ?? process.env["MILLRACE_BENCH_RUNS"] ?? 50_000), say });
    case "append-limit":
      return appendLimit({ log, records: Number(values.records), say });
    case "produce":
      return produce({
        log,
        partitions,
        seconds: Math.min(10, Number(values.seconds)),
        rounds,
        compression: values.compression === "zstd" ? "zstd" : "none",
        only: values.only === "ours" ? "ours" : "all",
        say,
      });
    case "idle":
      return idle({ log, partitions, seconds: Number(values.seconds), say });
    case "handover":
      return handover({
        log,
        partitions,
        workers: Number(values.workers),
        rounds,
        history: Number(values.history),
        say,
      });
    case "failover":
      return failover({
        log,
        partitions,
        workers: Number(values.workers),
        deaths: rounds,
        sessionTimeoutMs: Number(values["session-ms"]),
        standbys: Number(values.standbys),
        history: Number(values.history),
        say,
      });
    default:
      return unreachable(name);
  }
}

function defaultRuns(flight: number): number {
  return flight === 1 ? 2_000 : flight < 100 ? 20_000 : 60_000;
}

if (name === "backlog") limitHeap();
const log = await openBenchLog(values.log === "kafka" ? "kafka" : "embedded", say);
try {
  process.stdout.write(`${JSON.stringify(await measure(log))}\n`);
} finally {
  await log.close();
}
process.exit(0);
