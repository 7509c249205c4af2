// How functions fare, as the run history counts it by the minute.
import type { HistoryDatabase } from "../../consumers/run-history/database.ts";
import type { RunStatus } from "../../consumers/run-history/list-runs.ts";
import { durationOf, MINUTE_MS } from "../../consumers/run-history/pace.ts";
import { percentileOf, type Bucket } from "./percentile.ts";

export interface Figures {
  /** By status, of all runs that the history has. */
  readonly counts: ReadonlyMap<RunStatus, number>;
  readonly rates: {
    readonly minutes: number;
    readonly bucketMs: number;
    readonly begins: number;
    readonly started: number[];
    readonly completed: number[];
    readonly failed: number[];
  };
  /** Milliseconds. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  readonly lastFailure: { readonly run: string; readonly at: number; readonly name: string; readonly message: string } | null;
}

const MINUTES = 60;

/** `now` in milliseconds since 1970. */
export function figuresOf(db: HistoryDatabase, functionId: string, now: number): Figures {
  const first = Math.floor(now / MINUTE_MS) - (MINUTES - 1);
  return {
    counts: countsOf(db, functionId),
    rates: { minutes: MINUTES, bucketMs: MINUTE_MS, begins: first * MINUTE_MS, ...ratesOf(db, functionId, first) },
    latency: latencyOf(db, functionId, first),
    lastFailure: lastFailureOf(db, functionId),
  };
}

function countsOf(db: HistoryDatabase, functionId: string): ReadonlyMap<RunStatus, number> {
  const rows = db.prepare("SELECT status, sum(count) AS count FROM run_tally WHERE function = ? GROUP BY 1").all(functionId);
  return new Map(rows.map(({ status, count }) => [String(status) as RunStatus, Number(count)] as const).filter(([, count]) => count > 0));
}

function ratesOf(db: HistoryDatabase, functionId: string, first: number): Pick<Figures["rates"], "started" | "completed" | "failed"> {
  const none = (): number[] => Array.from({ length: MINUTES }, () => 0);
  const rates = { started: none(), completed: none(), failed: none() };
  const rows = db.prepare("SELECT minute, started, completed, failed FROM rate WHERE minute >= ? AND function = ?").all(first, functionId);
  for (const row of rows) {
    const bucket = Number(row["minute"]) - first;
    // The log's clock may be ahead.
    if (bucket >= MINUTES) continue;
    for (const name of ["started", "completed", "failed"] as const) rates[name][bucket] = Number(row[name]);
  }
  return rates;
}

function latencyOf(db: HistoryDatabase, functionId: string, first: number): Figures["latency"] {
  const buckets = db
    .prepare("SELECT bucket, sum(count) AS count FROM duration WHERE minute >= ? AND function = ? GROUP BY 1 ORDER BY 1")
    .all(first, functionId)
    .map(({ bucket, count }): Bucket => ({ value: durationOf(Number(bucket)), count: Number(count) }));
  if (buckets.length === 0) return null;
  return { p50: percentileOf(buckets, 0.5), p95: percentileOf(buckets, 0.95), p99: percentileOf(buckets, 0.99) };
}

function lastFailureOf(db: HistoryDatabase, functionId: string): Figures["lastFailure"] {
  const found = db
    .prepare(
      `SELECT last_failure.run, last_failure.at, coalesce(run.error_name, 'Error') AS name, coalesce(run.error_message, '') AS message
       FROM last_failure LEFT JOIN run ON run.id = last_failure.run WHERE last_failure.function = ?`,
    )
    .get(functionId);
  if (found === undefined) return null;
  return { run: String(found["run"]), at: Number(found["at"]), name: String(found["name"]), message: String(found["message"]) };
}
