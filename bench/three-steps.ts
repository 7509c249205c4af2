// Runs of three steps, so many at a time: the engine's main path, end to end.
import { fork } from "node:child_process";
import pino from "pino";
import { Millrace } from "../engine/sdk/millrace.ts";
import { BENCH_KEY, codecOf } from "./bench-codec.ts";
import { cpuSeconds, percentile, type BenchLog } from "./bench-log.ts";

export interface ThreeStepsOptions {
  readonly log: BenchLog;
  readonly partitions: number;
  /** Whether the broker flushes every append of the engine; the embedded log always does. */
  readonly fsync: "always" | "never";
  readonly inFlight: number;
  readonly runs: number;
  /** Whether events enter from the worker's own process or from another. */
  readonly producer: "worker" | "separate";
  /** Whether all that is written is encrypted. */
  readonly encrypted: boolean;
  readonly say: (line: string) => void;
}

/** Index of the run, and when its event was handed to `send`, on the clock that all processes of a machine share. */
interface BenchEvent {
  readonly n: number;
  readonly sentAt: number;
}

export async function threeSteps({ log, partitions, fsync, inFlight, runs, producer, encrypted, say }: ThreeStepsOptions): Promise<object> {
  // Both sides compile what is hot first: a broker that was just started more than anything.
  const warmUp = Math.min(runs, inFlight < 10 ? 1_000 : 20_000);
  const total = warmUp + runs;
  const sentAt = new Map<string, number>();
  const latencies: number[] = [];
  let ended = 0;
  let frames = 0;
  let decisions = 0;
  let measuredFrom = 0;
  let cpuFrom = 0;
  let done: () => void = () => {};
  const finished = new Promise<void>((resolve) => (done = resolve));
  let next: (count: number) => void = () => {};

  const app = new Millrace<{ "bench/started": BenchEvent }>(
    {
      id: log.unique,
      log: log.options,
      partitions,
      fsync,
      maxActiveRuns: 10_000,
      logger: pino({ level: "warn" }, pino.destination(2)),
      ...codecOf(encrypted ? BENCH_KEY : null),
    },
    {
      onFrame: (_, frame) => {
        if (ended >= warmUp) {
          frames += 1;
          decisions += frame.records.length;
        }
        let endedHere = 0;
        for (const record of frame.records) {
          if (record.type === "RunsStarted") {
            const { sentAt: at } = JSON.parse(record.event.data) as BenchEvent;
            for (const { id } of record.runs) sentAt.set(id, at);
          } else if (record.type === "RunCompleted") {
            ended += 1;
            endedHere += 1;
            if (ended > warmUp) latencies.push(performance.timeOrigin + performance.now() - (sentAt.get(record.run) ?? Number.NaN));
            sentAt.delete(record.run);
            if (ended === warmUp) {
              measuredFrom = performance.now();
              cpuFrom = cpuSeconds();
            }
          }
        }
        if (endedHere > 0) next(endedHere);
        if (ended === total) done();
      },
    },
  );
  app.createFunction({ id: "three", triggers: [{ event: "bench/started" }] }, async ({ step, event }) => {
    const first = await step.run("first", () => event.data.n);
    const second = await step.run("second", () => first + 1);
    return step.run("third", () => second + 1);
  });
  await app.start();
  say(`started; ${total} runs, ${inFlight} at a time`);
  const stopSending =
    producer === "worker"
      ? sendFromHere(app, total, inFlight, (more) => (next = more))
      : sendFromAnother({ log, fsync, encrypted }, total, inFlight, (more) => (next = more));
  await finished;
  const seconds = (performance.now() - measuredFrom) / 1000;
  const cpu = (cpuSeconds() - cpuFrom) / seconds;
  stopSending();
  await app.stop();
  latencies.sort((a, b) => a - b);
  return {
    bench: "three-steps",
    log: log.kind,
    partitions,
    fsync: log.kind === "embedded" || fsync === "always",
    in_flight: inFlight,
    producer,
    encrypted,
    runs,
    runs_per_s: Math.round(runs / seconds),
    steps_per_s: Math.round((3 * runs) / seconds),
    p50_ms: percentile(latencies, 0.5),
    p99_ms: percentile(latencies, 0.99),
    cpu_cores: Math.round(cpu * 100) / 100,
    decisions_per_frame: Math.round((decisions / frames) * 10) / 10,
  };
}

function sendFromHere(
  app: Millrace<{ "bench/started": BenchEvent }>,
  total: number,
  inFlight: number,
  onEnded: (next: (count: number) => void) => void,
): () => void {
  let sent = 0;
  const send = (count: number): void => {
    for (let index = 0; index < count && sent < total; index++) {
      sent += 1;
      void app.send({ name: "bench/started", data: { n: sent, sentAt: performance.timeOrigin + performance.now() } });
    }
  };
  onEnded(send);
  send(inFlight);
  return () => {};
}

function sendFromAnother(
  { log, fsync, encrypted }: Pick<ThreeStepsOptions, "log" | "fsync" | "encrypted">,
  total: number,
  inFlight: number,
  onEnded: (next: (count: number) => void) => void,
): () => void {
  const told = { id: log.unique, log: log.options, fsync, total, key: encrypted ? BENCH_KEY : null };
  const child = fork(new URL("./producer.ts", import.meta.url), [JSON.stringify(told)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  onEnded((count) => void child.send(count));
  child.once("message", () => child.send(inFlight));
  return () => void child.kill();
}
