// One run, with all that is known of it.
import type { DatabaseSync } from "node:sqlite";
import { HistoryError } from "./history-error.ts";
import { listedRun, type ListedRun } from "./list-runs.ts";

export interface RunError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
}

export interface ShownEvent {
  readonly origin: string;
  readonly id: string;
  readonly name: string;
  /** JSON. */
  readonly data: string;
  readonly time: number;
  readonly key: string | null;
  /** Id of the event in whose place it comes. */
  readonly corrects: string | null;
}

export interface ShownStep {
  /** Id of the step, and how often it came before: `reserve#0`. */
  readonly key: string;
  readonly kind: "run" | "send" | "sleep" | "wait" | "invoke" | "iterate";
  readonly status: string;
  readonly beganAt: number | null;
  readonly endedAt: number | null;
  /** Of a retry, a sleep, a deadline. */
  readonly dueAt: number | null;
  /** JSON. */
  readonly output: string | null;
  readonly error: RunError | null;
  readonly failures: readonly FailedAttempt[];
  /** Name of the event that it waits for. */
  readonly waitsFor: string | null;
  readonly event: ShownEvent | null;
  /** The run that it invoked. */
  readonly child: string | null;
  /** Taken over from the run that this one repeats. */
  readonly isAdopted: boolean;
  readonly sent: readonly SentEvent[];
}

export interface FailedAttempt {
  /** 0 for the first. */
  readonly attempt: number;
  readonly failedAt: number;
  readonly retryAt: number | null;
  readonly error: RunError;
}

export interface SentEvent {
  readonly id: string | null;
  readonly name: string | null;
  readonly target: "events" | "deadLetter";
  readonly key: string | null;
  /** JSON; null where a schema has written it. */
  readonly data: string | null;
  /** Id of the event that it corrects. */
  readonly corrects: string | null;
  readonly owedAt: number;
  /** Null: it was not in its topic yet. */
  readonly confirmedAt: number | null;
}

export interface ShownRun extends ListedRun {
  readonly events: readonly ShownEvent[];
  /** In the order in which the journal first tells of them. */
  readonly steps: readonly ShownStep[];
  /** Of the function's own code. */
  readonly failures: readonly FailedAttempt[];
  /** By the run itself: that it failed, or was cancelled or quarantined. */
  readonly sent: readonly SentEvent[];
  readonly gate: string | null;
  readonly retryAt: number | null;
  /** JSON. */
  readonly output: string | null;
  readonly error: RunError | null;
  readonly parent: { readonly run: string; readonly step: string } | null;
  /** The run that this one repeats. */
  readonly rerunOf: string | null;
  readonly reruns: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

/** @throws HistoryError `HISTORY_NO_RUN` */
export function showRun(db: DatabaseSync, id: string): ShownRun {
  const row: Row | undefined = db.prepare("SELECT * FROM run WHERE id = ?").get(id);
  const listed = listedRun(db, id);
  if (row === undefined || listed === null) throw new HistoryError("HISTORY_NO_RUN", `there is no run ${id} in this history`);
  const failures = failedAttempts(db, id);
  const sent = sentEvents(db, id);
  return {
    ...listed,
    events: eventsOf(db, id),
    steps: db
      .prepare("SELECT * FROM step WHERE run = ? ORDER BY lsn, rowid")
      .all(id)
      .map((step) => shownStep(db, step, failures, sent)),
    failures: failures.get("") ?? [],
    sent: sent.get(null) ?? [],
    gate: text(row, "gate"),
    retryAt: number(row, "retry_at"),
    output: text(row, "output"),
    error: errorOf(row),
    parent: parentOf(row),
    rerunOf: text(row, "rerun_of"),
    reruns: db
      .prepare("SELECT id FROM run WHERE rerun_of = ? ORDER BY id")
      .all(id)
      .map((one) => String(one["id"])),
  };
}

function shownStep(
  db: DatabaseSync,
  row: Row,
  failures: ReadonlyMap<string, readonly FailedAttempt[]>,
  sent: ReadonlyMap<string | null, readonly SentEvent[]>,
): ShownStep {
  const key = text(row, "key") ?? "";
  const event = text(row, "event");
  return {
    key,
    kind: row["kind"] as ShownStep["kind"],
    status: String(row["status"]),
    beganAt: number(row, "began_at"),
    endedAt: number(row, "ended_at"),
    dueAt: number(row, "due_at"),
    output: text(row, "output"),
    error: errorOf(row),
    failures: failures.get(key) ?? [],
    waitsFor: text(row, "waits_for"),
    event: event === null ? null : shownEvent(db, event),
    child: text(row, "child"),
    isAdopted: row["adopted"] === 1,
    sent: sent.get(key) ?? [],
  };
}

function eventsOf(db: DatabaseSync, run: string): ShownEvent[] {
  const origins = db
    .prepare(
      `SELECT event, 0 AS ordinal FROM run WHERE id = ?1 AND event IS NOT NULL
       UNION ALL SELECT event, ordinal FROM batched WHERE run = ?1 ORDER BY ordinal`,
    )
    .all(run);
  return origins.flatMap(({ event }) => shownEvent(db, String(event)) ?? []);
}

function shownEvent(db: DatabaseSync, origin: string): ShownEvent | null {
  const row = db.prepare("SELECT origin, id, name, data, time, key, corrects FROM event WHERE origin = ?").get(origin);
  return row === undefined ? null : ({ ...row } as unknown as ShownEvent);
}

/** By step; the function's own under the empty key. */
function failedAttempts(db: DatabaseSync, run: string): ReadonlyMap<string, readonly FailedAttempt[]> {
  const rows: Row[] = db.prepare("SELECT * FROM attempt WHERE run = ? ORDER BY rowid").all(run);
  return grouped(rows.map((row) => [String(row["step"]), failedAttempt(row)]));
}

function failedAttempt(row: Row): FailedAttempt {
  const error = errorOf(row) ?? { name: "", message: "", stack: null };
  return { attempt: number(row, "attempt") ?? 0, failedAt: number(row, "failed_at") ?? 0, retryAt: number(row, "retry_at"), error };
}

/** By step; the run's own under null. */
function sentEvents(db: DatabaseSync, run: string): ReadonlyMap<string | null, readonly SentEvent[]> {
  const rows = db
    .prepare(
      `SELECT step, event_id AS id, name, target, key, data, corrects, owed_at AS owedAt, confirmed_at AS confirmedAt
       FROM emission WHERE run = ? ORDER BY sequence`,
    )
    .all(run);
  return grouped(rows.map(({ step, ...sent }) => [step === null ? null : String(step), sent as unknown as SentEvent]));
}

function grouped<K, V>(pairs: readonly (readonly [K, V])[]): ReadonlyMap<K, readonly V[]> {
  const groups = new Map<K, V[]>();
  for (const [key, value] of pairs) {
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [value]);
    else known.push(value);
  }
  return groups;
}

function errorOf(row: Row): RunError | null {
  const name = text(row, "error_name");
  return name === null ? null : { name, message: text(row, "error_message") ?? "", stack: text(row, "error_stack") };
}

function parentOf(row: Row): ShownRun["parent"] {
  const [run, step] = [text(row, "parent_run"), text(row, "parent_step")];
  return run === null ? null : { run, step: step ?? "" };
}

function text(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === "string" ? value : null;
}

function number(row: Row, column: string): number | null {
  const value = row[column];
  return typeof value === "number" ? value : null;
}
