// A million runs that sleep on one worker: what they take, and how late they wake when many come due at once.
import { setTimeout as pause } from "node:timers/promises";
import pino from "pino";
import { Millrace } from "../engine/sdk/millrace.ts";
import { percentile, type BenchLog } from "./bench-log.ts";

export interface SleepingOptions {
  readonly log: BenchLog;
  readonly partitions: number;
  readonly runs: number;
  readonly say: (line: string) => void;
}

interface BenchEvent {
  readonly n: number;
  /** Milliseconds since 1970. */
  readonly wakeAt: number;
  /** What events carry: some 200 bytes in all. */
  readonly about: { readonly email: string; readonly plan: string; readonly note: string };
}

/** A tenth of the runs come due, and of a million so many within a minute. */
const DUE_PART = 1 / 10;
const DUE_A_SECOND = 100_000 / 60;
const DAY_MS = 86_400_000;
const CHUNK = 1_000;
/** Sent and not yet asleep. */
const MAX_UNDER_WAY = 10_000;
/** Between the last run's falling asleep and the first one's waking; the caller looks at memory meanwhile. */
const QUIET_MS = 15_000;

export async function sleeping({ log, partitions, runs, say }: SleepingOptions): Promise<object> {
  const due = Math.ceil(runs * DUE_PART);
  const resumed: number[] = [];
  const decided: number[] = [];
  const wakeTimes = new Map<string, number>();
  let asleep = 0;
  let ended = 0;
  let changed: () => void = () => {};
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => (changed = resolve));
  };

  const app = new Millrace<{ "bench/started": BenchEvent }>(
    { id: log.unique, log: log.options, partitions, fsync: "never", logger: pino({ level: "warn" }, pino.destination(2)) },
    {
      onFrame: (_, frame) => {
        for (const record of frame.records) {
          if (record.type === "SleepStarted") {
            asleep += 1;
            if (asleep > runs - due) wakeTimes.set(record.run, record.wakeAt);
          } else if (record.type === "SleepEnded") decided.push(frame.time - (wakeTimes.get(record.run) ?? Number.NaN));
          else if (record.type === "RunCompleted") ended += 1;
        }
        changed();
      },
    },
  );
  app.createFunction({ id: "sleeper", triggers: [{ event: "bench/started" }] }, async ({ step, event }) => {
    await step.sleepUntil("the long night", event.data.wakeAt);
    resumed.push(Date.now() - event.data.wakeAt);
  });
  await app.start();
  const rssAtStart = rssMb();
  const send = async (count: number, wakeAtOf: (n: number) => number): Promise<void> => {
    const goal = asleep + count;
    for (let sent = 0; sent < count; sent += CHUNK) {
      await until(() => asleep + MAX_UNDER_WAY >= goal - count + sent);
      await app.send(Array.from({ length: Math.min(CHUNK, count - sent) }, (_, index) => eventOf(sent + index, wakeAtOf(sent + index))));
      if (sent % 100_000 === 0) say(`${asleep} asleep, ${rssMb()} MB`);
    }
    await until(() => asleep === goal);
  };

  say(`sending ${runs} events`);
  const since = performance.now();
  await send(runs - due, (n) => Date.now() + DAY_MS + n);
  const perSecond = (runs - due) / ((performance.now() - since) / 1_000);
  const firstWakes = Date.now() + 2 * (due / perSecond) * 1_000 + QUIET_MS;
  await send(due, (n) => Math.round(firstWakes + (n * 1_000) / DUE_A_SECOND));
  const builtSeconds = (performance.now() - since) / 1_000;
  say(`all asleep after ${Math.round(builtSeconds)} s; the first wakes in ${Math.round((firstWakes - Date.now()) / 1_000)} s`);
  await pause(Math.max(firstWakes - Date.now() - 1_000, 0));
  if (resumed.length > 0) throw new Error("runs woke before all were asleep: the log became slower; try again");

  const rss = rssMb();
  let rssMax = rss;
  const watch = setInterval(() => (rssMax = Math.max(rssMax, rssMb())), 100);
  say(`${rss} MB; ${due} come due within ${Math.round(due / DUE_A_SECOND)} s`);
  await until(() => ended === due);
  clearInterval(watch);
  const problems = app.status().flatMap((partition) => partition.problems);
  await app.stop();
  if (problems.length > 0) throw new Error(problems.join("; "));
  for (const lateness of [resumed, decided]) lateness.sort((a, b) => a - b);
  return {
    bench: "sleeping",
    log: log.kind,
    partitions,
    runs,
    due,
    due_within_s: Math.round(due / DUE_A_SECOND),
    built: "by send",
    built_s: Math.round(builtSeconds),
    rss_at_start_mb: rssAtStart,
    rss_mb: rss,
    rss_max_mb: rssMax,
    p50_lateness_ms: percentile(resumed, 0.5),
    p99_lateness_ms: percentile(resumed, 0.99),
    max_lateness_ms: resumed.at(-1) ?? null,
    p99_decided_ms: percentile(decided, 0.99),
  };
}

function eventOf(n: number, wakeAt: number): { name: "bench/started"; key: string; data: BenchEvent } {
  const about = {
    email: `somebody.${n}@example.com`,
    plan: "basic",
    note: "Came by the newsletter, asked for the price list twice, has not booked yet.",
  };
  return { name: "bench/started", key: `user-${n}`, data: { n, wakeAt, about } };
}

function rssMb(): number {
  return Math.round(process.memoryUsage.rss() / (1024 * 1024));
}
