// How long a partition stands still when it goes from one living worker to another: workers are rolled one by one under a steady load.
import { setTimeout as sleep } from "node:timers/promises";
import { percentile, type BenchLog } from "./bench-log.ts";
import { longestGap, SteadyLoad, type SteadyWorker } from "./steady-load.ts";

const EVENT_EVERY_MS = 20;
/** Around a claim. */
const BEFORE_MS = 1_500;
const AFTER_MS = 1_500;
const SETTLE_MS = 3_000;

export interface HandoverOptions {
  readonly log: BenchLog;
  readonly partitions: number;
  readonly workers: number;
  /** How often all workers are replaced. */
  readonly rounds: number;
  readonly history: number;
  readonly say: (line: string) => void;
}

export async function handover({ log, partitions, workers, rounds, history, say }: HandoverOptions): Promise<object> {
  await using load = await SteadyLoad.begin({ log, partitions, everyMs: EVENT_EVERY_MS, history });
  const crew: SteadyWorker[] = [];
  for (let n = 0; n < workers; n++) crew.push(await load.hire());
  await sleep(SETTLE_MS);
  const begin = Date.now();
  for (let n = 0; n < rounds * workers; n++) {
    // As most deployments do it: the new one first, then the old one goes.
    const fresh = await load.hire();
    await sleep(SETTLE_MS);
    await crew.shift()?.stop();
    crew.push(fresh);
    say(`replaced ${n + 1} of ${rounds * workers}`);
    await sleep(SETTLE_MS);
  }
  const end = Date.now();
  const pauses: number[] = [];
  let elsewhere = 0;
  for (const [partition, story] of load.stories.entries()) {
    const handovers = story.claims.filter(({ at }) => at > begin && at < end);
    for (const { at } of handovers) {
      const gap = longestGap(partition, story, at - BEFORE_MS, at + AFTER_MS);
      pauses.push(gap.ms);
      if (gap.ms > 500) say(`partition ${partition}: ${gap.ms} ms without a completion, from ${at - gap.from} ms before its claim`);
    }
    const spans = [begin, ...handovers.flatMap(({ at }) => [at - BEFORE_MS, at + AFTER_MS]), end];
    for (let n = 0; n + 1 < spans.length; n += 2) {
      const [from = 0, to = 0] = [spans[n], spans[n + 1]];
      if (to > from) elsewhere = Math.max(elsewhere, longestGap(partition, story, from + 1, to - 1).ms);
    }
  }
  await Promise.all(crew.map((worker) => worker.stop()));
  pauses.sort((a, b) => a - b);
  return {
    bench: "handover",
    log: log.kind,
    partitions,
    workers,
    history,
    event_every_ms: EVENT_EVERY_MS,
    handovers: pauses.length,
    pause_ms_p50: percentile(pauses, 0.5),
    pause_ms_p99: percentile(pauses, 0.99),
    pause_ms_max: pauses.at(-1) ?? 0,
    gap_ms_max_elsewhere: elsewhere,
  };
}
