// A million runs of one function that wait to start: what they take, how fast they join and leave their lines, and that each gets its own event,
// which is read back from the log.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import pino from "pino";
import { Millrace } from "../engine/sdk/millrace.ts";
import { cpuSeconds, type BenchLog } from "./bench-log.ts";
import { keysFor } from "./partition-keys.ts";

export interface BacklogOptions {
  readonly log: BenchLog;
  readonly partitions: number;
  readonly runs: number;
  /** What they wait for: a slot, or that people resume their function. */
  readonly heldBy: "concurrency" | "pause";
  readonly say: (line: string) => void;
}

interface BenchEvent {
  readonly n: number;
  readonly tenant: string;
  /** What events carry: some 200 bytes in all. */
  readonly about: { readonly email: string; readonly plan: string; readonly note: string };
}

/** Of a key, and each partition has one. */
const LIMIT = 50;
const CHUNK = 1_000;
/** Sent and not yet queued. */
const MAX_UNDER_WAY = 10_000;
/** Rates are told of the first and the last so many. */
const PART = 1 / 10;
/** The image is written meanwhile, and what was garbage goes. */
const QUIET_MS = 12_000;

export async function backlog({ log, partitions, runs, heldBy, say }: BacklogOptions): Promise<object> {
  const isHeld = heldBy === "concurrency";
  /** Runs that hold all slots, before the others come. */
  const blockers = isHeld ? LIMIT * partitions : 0;
  let queued = 0;
  let started = 0;
  let ended = 0;
  let paused = 0;
  let changed: () => void = () => {};
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => (changed = resolve));
  };
  const app = new Millrace<{ "bench/queued": BenchEvent }>(
    { id: log.unique, log: log.options, partitions, fsync: "never", logger: pino({ level: "warn" }, pino.destination(2)) },
    {
      onFrame: (_, frame) => {
        for (const record of frame.records) {
          if (record.type === "RunQueued") queued += 1;
          else if (record.type === "RunsStarted") started += 1;
          else if (record.type === "RunCompleted") ended += 1;
          else if (record.type === "CellSet" && record.kind === "pause") paused += 1;
        }
        changed();
      },
    },
  );
  const seen = new Uint8Array(runs + blockers);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  app.createFunction(
    {
      id: "held",
      triggers: [{ event: "bench/queued" }],
      ...(isHeld ? { concurrency: { limit: LIMIT, key: "event.data.tenant" } } : {}),
    },
    ({ event }) => {
      const { n } = event.data;
      seen[n] = (seen[n] ?? 0) + 1;
      return n < blockers ? released : null;
    },
  );
  await app.start();
  const rssAtStart = rssMb();
  const keys = keysFor(partitions);
  const eventOf = (n: number): { name: "bench/queued"; key: string; data: BenchEvent } => {
    const tenant = keys[n % keys.length] ?? "";
    const about = {
      email: `somebody.${n}@example.com`,
      plan: "basic",
      note: "Came by the newsletter, asked for the price list twice, has not booked yet.",
    };
    return { name: "bench/queued", key: tenant, data: { n, tenant, about } };
  };
  if (!isHeld) {
    await app.pause("held");
    await until(() => paused === partitions);
  }
  await app.send(Array.from({ length: blockers }, (_, n) => eventOf(n)));
  await until(() => started === blockers);

  say(`queueing ${runs} runs`);
  const delays = monitorEventLoopDelay();
  delays.enable();
  const queueing = new Progress(runs);
  for (let sent = 0; sent < runs; sent += CHUNK) {
    await until(() => queued + MAX_UNDER_WAY >= sent);
    await app.send(Array.from({ length: Math.min(CHUNK, runs - sent) }, (_, index) => eventOf(blockers + sent + index)));
    queueing.at(queued);
    if (sent % 100_000 === 0) say(`${queued} queued, ${rssMb()} MB`);
  }
  await until(() => queued === runs);
  queueing.at(queued);
  await pause(QUIET_MS);
  const rss = rssMb();

  say(`${rss} MB; they may start`);
  let rssMax = rss;
  const starting = new Progress(runs);
  const watch = setInterval(() => {
    rssMax = Math.max(rssMax, rssMb());
    starting.at(started - blockers);
  }, 50);
  if (isHeld) release();
  else await app.resume("held");
  await until(() => ended === runs + blockers);
  starting.at(runs);
  clearInterval(watch);
  const problems = app.status().flatMap((partition) => partition.problems);
  await app.stop();
  if (problems.length > 0) throw new Error(problems.join("; "));
  const wrong = seen.findIndex((count) => count !== 1);
  if (wrong >= 0) throw new Error(`the event of run ${wrong} was handled ${seen[wrong]} times`);
  return {
    bench: "backlog",
    log: log.kind,
    partitions,
    held_by: heldBy,
    node_limits: process.execArgv.filter((argument) => argument.startsWith("--max-")).join(" "),
    queued: runs,
    rss_at_start_mb: rssAtStart,
    rss_mb: rss,
    rss_max_mb: rssMax,
    queued_per_s: queueing.rate(0, 1),
    queued_per_s_first_tenth: queueing.rate(0, PART),
    queued_per_s_last_tenth: queueing.rate(1 - PART, 1),
    starts_per_s: starting.rate(0, 1),
    starts_per_s_first_tenth: starting.rate(0, PART),
    starts_per_s_last_tenth: starting.rate(1 - PART, 1),
    cpu_us_per_queued_first_tenth: queueing.cpuUs(0, PART),
    cpu_us_per_queued_last_tenth: queueing.cpuUs(1 - PART, 1),
    cpu_us_per_start_first_tenth: starting.cpuUs(0, PART),
    cpu_us_per_start_last_tenth: starting.cpuUs(1 - PART, 1),
    event_loop_delay_ms_max: Math.round(delays.max / 1e6),
  };
}

interface Point {
  readonly count: number;
  readonly at: number;
  /** Seconds of this process: of the whole of it, the sender of the events and the embedded log's thread included. */
  readonly cpu: number;
}

/** When how many of them were through. */
class Progress {
  readonly #all: number;
  readonly #points: Point[] = [{ count: 0, at: performance.now(), cpu: cpuSeconds() }];

  constructor(all: number) {
    this.#all = all;
  }

  at(count: number): void {
    if (count > (this.#points.at(-1)?.count ?? 0)) this.#points.push({ count, at: performance.now(), cpu: cpuSeconds() });
  }

  /** A second, between two parts of the way. */
  rate(from: number, to: number): number {
    const [first, last] = [this.#reached(from), this.#reached(to)];
    return Math.round((1_000 * (last.count - first.count)) / (last.at - first.at));
  }

  /** Microseconds of CPU for each of them. */
  cpuUs(from: number, to: number): number {
    const [first, last] = [this.#reached(from), this.#reached(to)];
    return Math.round((1e7 * (last.cpu - first.cpu)) / (last.count - first.count)) / 10;
  }

  #reached(part: number): Point {
    const found = this.#points.find(({ count }) => count >= part * this.#all) ?? this.#points.at(-1);
    if (found === undefined) throw new Error("nothing was counted");
    return found;
  }
}

function rssMb(): number {
  return Math.round(process.memoryUsage.rss() / (1024 * 1024));
}
