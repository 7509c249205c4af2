// How functions fare: runs by the minute, and how long they took, as counts. Counted in memory while a batch is projected, and added to the tables
// once at its end. A day of it is kept, by the journal's own time: so it comes to the same in whatever order partitions are projected.
import type { DatabaseSync } from "node:sqlite";

export const MINUTE_MS = 60_000;
const KEPT_MINUTES = 24 * 60;
/** Of durations: each bucket is wider than the one before by an eighth of a doubling, which is within 5 % of what it stands for. */
const BUCKETS_A_DOUBLING = 8;

interface Counts {
  readonly functionId: string;
  readonly minute: number;
  started: number;
  completed: number;
  failed: number;
  readonly durations: Map<number, number>;
}

export class Pace {
  readonly #db: DatabaseSync;
  readonly #counts = new Map<string, Counts>();
  readonly #lastFailures = new Map<string, { readonly run: string; readonly at: number }>();
  readonly #add;
  readonly #addDuration;
  readonly #fail;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#add = db.prepare(`
      INSERT INTO rate (function, minute, started, completed, failed) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET started = started + excluded.started, completed = completed + excluded.completed, failed = failed + excluded.failed`);
    this.#addDuration = db.prepare(`
      INSERT INTO duration (function, minute, bucket, count) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count`);
    this.#fail = db.prepare(`
      INSERT INTO last_failure VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET run = excluded.run, at = excluded.at
      WHERE (excluded.at, excluded.run) > (at, run)`);
  }

  started(functionId: string, time: number): void {
    this.#of(functionId, time).started += 1;
  }

  completed(functionId: string, time: number, tookMs: number | null): void {
    const counts = this.#of(functionId, time);
    counts.completed += 1;
    if (tookMs === null) return;
    const bucket = bucketOf(tookMs);
    counts.durations.set(bucket, (counts.durations.get(bucket) ?? 0) + 1);
  }

  failed(functionId: string, time: number, run: string): void {
    this.#of(functionId, time).failed += 1;
    const last = this.#lastFailures.get(functionId);
    if (last === undefined || time > last.at || (time === last.at && run > last.run)) this.#lastFailures.set(functionId, { run, at: time });
  }

  /** Part of the transaction. */
  store(): void {
    for (const { functionId, minute, started, completed, failed, durations } of this.#counts.values()) {
      this.#add.run(functionId, minute, started, completed, failed);
      for (const [bucket, count] of durations) this.#addDuration.run(functionId, minute, bucket, count);
    }
    for (const [functionId, { run, at }] of this.#lastFailures) this.#fail.run(functionId, run, at);
    if (this.#counts.size > 0) this.#forget();
    this.clear();
  }

  /** What was counted did not happen: its transaction failed. */
  clear(): void {
    this.#counts.clear();
    this.#lastFailures.clear();
  }

  #forget(): void {
    const newest = this.#db.prepare("SELECT max(minute) AS minute FROM rate").get()?.["minute"];
    const before = Number(newest) - KEPT_MINUTES;
    this.#db.prepare("DELETE FROM rate WHERE minute < ?").run(before);
    this.#db.prepare("DELETE FROM duration WHERE minute < ?").run(before);
  }

  #of(functionId: string, time: number): Counts {
    const minute = Math.floor(time / MINUTE_MS);
    const key = `${minute}/${functionId}`;
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const counts: Counts = { functionId, minute, started: 0, completed: 0, failed: 0, durations: new Map() };
    this.#counts.set(key, counts);
    return counts;
  }
}

/** 0: less than a millisecond. */
export function bucketOf(tookMs: number): number {
  return tookMs < 1 ? 0 : 1 + Math.floor(Math.log2(tookMs) * BUCKETS_A_DOUBLING);
}

/** Milliseconds in the middle of a bucket. */
export function durationOf(bucket: number): number {
  return bucket === 0 ? 0 : 2 ** ((bucket - 0.5) / BUCKETS_A_DOUBLING);
}
