// Runs that wait for an event of their own, many of them: how long one event takes to the run that waits for it.
import pino from "pino";
import { Millrace } from "../engine/sdk/millrace.ts";
import { percentile, type BenchLog } from "./bench-log.ts";

export interface WaitsOptions {
  readonly log: BenchLog;
  readonly partitions: number;
  readonly fsync: "always" | "never";
  readonly openWaits: number;
  /** How many events are sent, one after the other is answered. */
  readonly events: number;
  /** Whether events are keyed by the value that they are matched by, so that they come to where their waits are decided. */
  readonly keyed: boolean;
  readonly say: (line: string) => void;
}

interface Events {
  readonly "bench/opened": { readonly n: number };
  readonly "bench/answered": { readonly n: number; readonly sentAt: number };
}

const OPENED_AT_ONCE = 2_000;
const WARM_UP = 200;

export async function waits({ log, partitions, fsync, openWaits, events, keyed, say }: WaitsOptions): Promise<object> {
  let open = 0;
  let opened: () => void = () => {};
  let answered: (latencyMs: number) => void = () => {};
  const app = new Millrace<Events>(
    { id: log.unique, log: log.options, partitions, fsync, maxActiveRuns: 10_000, logger: pino({ level: "warn" }, pino.destination(2)) },
    {
      onFrame: (_, frame) => {
        for (const { type } of frame.records) if (type === "WaitRegistered") open += 1;
        opened();
      },
    },
  );
  app.createFunction({ id: "waiter", triggers: [{ event: "bench/opened" }] }, async ({ step }) => {
    const answer = await step.waitForEvent("answer", { event: "bench/answered", match: "data.n", timeout: "1 hour" });
    if (answer !== null) answered(performance.timeOrigin + performance.now() - answer.data.sentAt);
  });
  await app.start();
  const since = performance.now();
  while (open < openWaits) {
    const count = Math.min(OPENED_AT_ONCE, openWaits - open);
    const until = open + count;
    const all = new Promise<void>((resolve) => (opened = () => void (open >= until && resolve())));
    await app.send(Array.from({ length: count }, (_, index) => ({ name: "bench/opened" as const, data: { n: open + index } })));
    await all;
  }
  const openingMs = performance.now() - since;
  say(`${openWaits} waits are open after ${Math.round(openingMs)} ms`);
  const latencies: number[] = [];
  const step = Math.floor(openWaits / (events + WARM_UP));
  for (let index = 0; index < events + WARM_UP; index++) {
    // Spread over all waits, old and new.
    const n = index * step;
    const came = new Promise<number>((resolve) => (answered = resolve));
    const data = { n, sentAt: performance.timeOrigin + performance.now() };
    await app.send({ name: "bench/answered", data, ...(keyed ? { key: String(n) } : {}) });
    const latency = await came;
    if (index >= WARM_UP) latencies.push(latency);
  }
  await app.stop();
  latencies.sort((a, b) => a - b);
  return {
    bench: "waits",
    log: log.kind,
    partitions,
    fsync: log.kind === "embedded" || fsync === "always",
    keyed,
    open_waits: openWaits,
    opened_per_s: Math.round(openWaits / (openingMs / 1000)),
    events,
    p50_ms: percentile(latencies, 0.5),
    p99_ms: percentile(latencies, 0.99),
    rss_mb: Math.round(process.memoryUsage.rss() / 1024 / 1024),
  };
}
