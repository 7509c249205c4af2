// What a worker costs that has nothing to do: heartbeats, long polls, looking at its journals' ends.
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { Millrace } from "../engine/sdk/millrace.ts";
import { cpuSeconds, type BenchLog } from "./bench-log.ts";

export async function idle({
  log,
  partitions,
  seconds,
  say,
}: {
  log: BenchLog;
  partitions: number;
  seconds: number;
  say: (line: string) => void;
}): Promise<object> {
  const app = new Millrace({ id: log.unique, log: log.options, partitions, logger: pino({ level: "warn" }, pino.destination(2)) });
  app.createFunction({ id: "nothing", triggers: [{ event: "never/sent" }] }, () => null);
  await app.start();
  await sleep(3_000);
  say(`idle for ${seconds} s`);
  const from = cpuSeconds();
  const since = performance.now();
  await sleep(seconds * 1_000);
  const percent = ((cpuSeconds() - from) / ((performance.now() - since) / 1_000)) * 100;
  await app.stop();
  return { bench: "idle", log: log.kind, partitions, seconds, cpu_percent: Math.round(percent * 100) / 100 };
}
