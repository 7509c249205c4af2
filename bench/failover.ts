// How long a partition stands still when its worker dies: by kill -9, under a steady load.
import { setTimeout as sleep } from "node:timers/promises";
import { percentile, type BenchLog } from "./bench-log.ts";
import { longestGap, SteadyLoad, type SteadyWorker } from "./steady-load.ts";

const EVENT_EVERY_MS = 20;
const SETTLE_MS = 4_000;
/** Standbys fold what there is. */
const STAND_BY_MS = 10_000;

export interface FailoverOptions {
  readonly log: BenchLog;
  readonly partitions: number;
  readonly workers: number;
  /** How many workers die. */
  readonly deaths: number;
  readonly sessionTimeoutMs: number;
  readonly standbys: number;
  readonly history: number;
  readonly say: (line: string) => void;
}

export async function failover({
  log,
  partitions,
  workers,
  deaths,
  sessionTimeoutMs,
  standbys,
  history,
  say,
}: FailoverOptions): Promise<object> {
  if (log.options.kind !== "kafka") throw new Error("failover is Kafka's: add --log kafka");
  const options = { ...log.options, sessionTimeoutMs };
  await using load = await SteadyLoad.begin({ log: { ...log, options }, partitions, everyMs: EVENT_EVERY_MS, standbys, history });
  const crew: SteadyWorker[] = [];
  for (let n = 0; n < workers; n++) crew.push(await load.hire());
  const pauses: number[] = [];
  for (let n = 0; n < deaths; n++) {
    await load.shared(crew);
    await sleep(history === 0 ? SETTLE_MS : STAND_BY_MS);
    const victim = crew.shift();
    const owned = victim === undefined ? [] : load.ownedBy(victim);
    const died = Date.now();
    await victim?.kill9();
    await load.shared(crew);
    await sleep(SETTLE_MS);
    const taken = owned.map((partition) => longestGap(partition, load.stories[partition], died, Date.now()).ms);
    say(`death ${n + 1} of ${deaths}: ${taken.join(", ")} ms`);
    pauses.push(...taken);
    crew.push(await load.hire());
  }
  await Promise.all(crew.map((worker) => worker.stop()));
  pauses.sort((a, b) => a - b);
  return {
    bench: "failover",
    log: log.kind,
    partitions,
    workers,
    standbys,
    history,
    session_timeout_ms: sessionTimeoutMs,
    deaths,
    partitions_taken_over: pauses.length,
    pause_ms_p50: percentile(pauses, 0.5),
    pause_ms_max: pauses.at(-1) ?? 0,
  };
}
