// A log of its own for one benchmark, gone afterwards.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { LogOptions } from "../engine/config/options.ts";
import { obtainKafka } from "../test/support/kafka/start.ts";

export interface BenchLog {
  readonly kind: LogOptions["kind"];
  readonly options: LogOptions;
  /** For names of apps: nobody else's topics are met on a broker that was given. */
  readonly unique: string;
  close(): Promise<void>;
}

export async function openBenchLog(kind: LogOptions["kind"], say: (line: string) => void): Promise<BenchLog> {
  const unique = `bench-${Date.now().toString(36)}`;
  if (kind === "kafka") {
    const kafka = await obtainKafka({ heap: "benchmark", say });
    return { kind, unique, options: { kind: "kafka", brokers: [...kafka.brokers] }, close: () => kafka.close() };
  }
  const directory = await mkdtemp(path.join(tmpdir(), "millrace-bench-"));
  return { kind, unique, options: { kind: "embedded", path: directory }, close: () => rm(directory, { recursive: true, force: true }) };
}

/** CPU seconds of this process so far. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function percentile(sorted: readonly number[], part: number): number {
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0) * 100) / 100;
}
