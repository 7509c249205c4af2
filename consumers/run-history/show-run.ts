// One run, with all that is known of it.
import type { DatabaseSync } from "node:sqlite";
import { textOf } from "../../engine/workflow/expression/value.ts";
import { HistoryError } from "./history-error.ts";
import { listedRun, type ListedRun, type RunStatus } from "./list-runs.ts";
import { Room } from "./room.ts";

export interface RunError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
}

export interface ShownEvent {
  readonly origin: string;
  readonly id: string;
  readonly name: string;
  /** JSON; null: it was left out, see `isCut` of the run. */
  readonly data: string | null;
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
  /** What that has to be: `data.order = "o1"`, or a condition. Null where any counts, or the partition that decides it has told nothing yet. */
  readonly match: string | null;
  readonly event: ShownEvent | null;
  /** The run that it invoked. */
  readonly child: string | null;
  /** Taken over from the run that this one repeats. */
  readonly isAdopted: boolean;
  /** And people gave it this output. */
  readonly isEdited: boolean;
  readonly sent: readonly SentEvent[];
}

export interface FailedAttempt {
  /** 0 for the first. */
  readonly attempt: number;
  /** When the step's first attempt began; null: it is not known. */
  readonly beganAt: number | null;
  readonly failedAt: number;
  readonly retryAt: number | null;
  readonly error: RunError;
}

export interface SentEvent {
  readonly id: string | null;
  readonly name: string | null;
  readonly target: "events" | "deadLetter";
  readonly key: string | null;
  /** JSON; null where a schema has written it, or it was left out. */
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
  /** Its home; before it has started: where it was told of last. */
  readonly partition: number | null;
  readonly gate: string | null;
  /** Keys of the limits that let it start and execute. */
  readonly needs: readonly string[];
  /** Since then its steps have waited for slots of those; null: they do not. */
  readonly askedAt: number | null;
  /** Until then its events wait for others, or for none to come; null: they do not. */
  readonly heldUntil: number | null;
  readonly retryAt: number | null;
  /** JSON. */
  readonly output: string | null;
  readonly error: RunError | null;
  readonly parent: { readonly run: string; readonly step: string } | null;
  /** The run that this one repeats. */
  readonly rerunOf: string | null;
  readonly reruns: readonly string[];
  /** Outputs, data or attempts were left out, since together they are more than were asked for: the earliest steps' first. */
  readonly isCut: boolean;
  /** At most 1,000. */
  readonly children: readonly { readonly id: string; readonly functionId: string; readonly status: RunStatus; readonly step: string }[];
}

const MAX_CHILDREN = 1_000;
/** Each has the text of an error, of some 10 kB at most. */
const MAX_ATTEMPTS = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;

export interface ShowOptions {
  /** Of outputs of steps, of what they sent and of events that they waited for, all together. Default 64 MiB. */
  readonly maxBytes?: number;
}

type Row = Readonly<Record<string, unknown>>;

/** @throws HistoryError `HISTORY_NO_RUN` */
export function showRun(db: DatabaseSync, id: string, options: ShowOptions = {}): ShownRun {
  const run = findRun(db, id, options);
  if (run === null) throw new HistoryError("HISTORY_NO_RUN", `there is no run ${id} in this history`);
  return run;
}

/** Null where it is not in this history. */
export function findRun(db: DatabaseSync, id: string, { maxBytes = MAX_BYTES }: ShowOptions = {}): ShownRun | null {
  const row: Row | undefined = db.prepare("SELECT * FROM run WHERE id = ?").get(id);
  const listed = listedRun(db, id);
  if (row === undefined || listed === null) return null;
  const room = new Room(maxBytes);
  const failures = failedAttempts(db, id, null, room);
  const outputs = outputsOf(db, id, null, room);
  const sent = sentEvents(db, id, null, room);
  const steps = stepRows(db, id, null).map((step) => shownStep(db, step, { failures, outputs, sent, room }));
  return {
    ...listed,
    events: eventsOf(db, id),
    steps,
    failures: failures.get("") ?? [],
    sent: sent.get(null) ?? [],
    partition: number(row, "partition"),
    gate: text(row, "gate"),
    needs: needsOf(row),
    askedAt: number(row, "asked_at"),
    heldUntil: number(db.prepare("SELECT min(due) AS due FROM held WHERE run = ?").get(id) ?? {}, "due"),
    retryAt: number(row, "retry_at"),
    output: text(row, "output"),
    error: errorOf(row),
    parent: parentOf(row),
    rerunOf: text(row, "rerun_of"),
    reruns: db
      .prepare("SELECT id FROM run WHERE rerun_of = ? ORDER BY id")
      .all(id)
      .map((one) => String(one["id"])),
    isCut: room.isCut,
    children: db
      .prepare("SELECT id, function AS functionId, status, parent_step AS step FROM run WHERE parent_run = ? ORDER BY id LIMIT ?")
      .all(id, MAX_CHILDREN) as unknown as ShownRun["children"],
  };
}

/** What a run came to, so far; null where it is not in this history. */
export function resultOf(db: DatabaseSync, id: string): Pick<ShownRun, "output" | "error"> | null {
  const row: Row | undefined = db.prepare("SELECT output, error_name, error_message, error_stack FROM run WHERE id = ?").get(id);
  return row === undefined ? null : { output: text(row, "output"), error: errorOf(row) };
}

/** Where its journal begins to tell of it, and whether something repeats it; null where it has not started, or is not known. */
export function placeInJournal(db: DatabaseSync, run: string): PlaceInJournal | null {
  return placesInJournal(db)(run);
}

/** The same, for who asks of many. */
export function placesInJournal(db: DatabaseSync): (run: string) => PlaceInJournal | null {
  const read = db.prepare(`
    SELECT partition, began_offset AS offset, function AS functionId, status, event_name AS eventName, operation,
      EXISTS (SELECT 1 FROM run r WHERE r.rerun_of = coalesce(run.rerun_of, run.id) AND r.rowid > run.rowid) AS isRepeated
    FROM run WHERE id = ? AND began_offset IS NOT NULL`);
  return (run) => {
    const row = read.get(run);
    if (row === undefined) return null;
    return { ...(row as unknown as Omit<PlaceInJournal, "isRepeated">), isRepeated: row["isRepeated"] === 1 };
  };
}

export interface PlaceInJournal {
  readonly partition: number;
  /** Of the entry that starts it. */
  readonly offset: number;
  readonly functionId: string;
  readonly status: RunStatus;
  /** Of the event that triggered it. */
  readonly eventName: string;
  /** Of a re-run: what it was begun by. */
  readonly operation: string | null;
  /** There is a later re-run of it, or of the run that it repeats itself: that one is in its place. */
  readonly isRepeated: boolean;
}

function needsOf(row: Row): readonly string[] {
  const needs = text(row, "needs");
  return needs === null ? [] : (JSON.parse(needs) as string[]);
}

/** As engine/workflow/expression/value.ts writes it. Empty: there was nothing that could be compared. */
function comparedText(value: string): string {
  if (value === "") return "nothing that an event can have";
  return value.startsWith("s:") ? JSON.stringify(textOf(value)) : textOf(value);
}

function matchOf(row: Row): string | null {
  const [path, value, condition] = [text(row, "path"), text(row, "value"), text(row, "condition")];
  const compared = path === null || path === "" || value === null ? [] : [`${path} = ${comparedText(value)}`];
  const parts = condition === null ? compared : [...compared, condition];
  return parts.length === 0 ? null : parts.join(" and ");
}

/** One step, with all that it has. Null where it is not in this history. */
export function findStep(db: DatabaseSync, run: string, key: string): ShownStep | null {
  const [row] = stepRows(db, run, key);
  if (row === undefined) return null;
  const room = new Room(Infinity);
  const failures = failedAttempts(db, run, key, room);
  return shownStep(db, row, { failures, outputs: outputsOf(db, run, key, room), sent: sentEvents(db, run, key, room), room });
}

/** The journal says of what a run does first that it began when its event came, as waits count it (engine/workflow/run/outcome.ts). */
function notBeforeStart(table: "step" | "attempt"): string {
  return `max(${table}.began_at, coalesce(run.started_at, ${table}.began_at))`;
}

/** Of all steps, or of one by its key; without their outputs. */
function stepRows(db: DatabaseSync, run: string, only: string | null): readonly Row[] {
  return db
    .prepare(
      `SELECT step.rowid AS row, step.key, step.kind, step.status, step.ended_at, step.due_at, step.error_name, step.error_message, step.error_stack,
         step.waits_for, step.event, step.child, step.adopted, step.edited, wait.path, wait.value, wait.condition,
         CASE step.adopted WHEN 1 THEN step.began_at ELSE ${notBeforeStart("step")} END AS began_at
       FROM step LEFT JOIN run ON run.id = step.run LEFT JOIN wait ON wait.run = step.run AND wait.step = step.key
       WHERE step.run = ?1 AND (?2 IS NULL OR step.key = ?2) ORDER BY step.lsn, step.rowid`,
    )
    .all(run, only);
}

/** By row of the step: the latest that there is room for. What is left out is not even read. */
function outputsOf(db: DatabaseSync, run: string, only: string | null, room: Room): ReadonlyMap<number, string> {
  const read = db.prepare("SELECT output FROM step WHERE rowid = ?");
  const sizes = db
    .prepare(
      "SELECT rowid AS row, octet_length(output) AS bytes FROM step WHERE run = ?1 AND (?2 IS NULL OR key = ?2) AND output IS NOT NULL ORDER BY lsn DESC, rowid DESC",
    )
    .all(run, only);
  const fitting = sizes.filter(({ bytes }) => room.has(Number(bytes)));
  return new Map(fitting.map(({ row }) => [Number(row), String(read.get(row ?? 0)?.["output"])]));
}

interface Beside {
  readonly failures: ReadonlyMap<string, readonly FailedAttempt[]>;
  readonly outputs: ReadonlyMap<number, string>;
  readonly sent: ReadonlyMap<string | null, readonly SentEvent[]>;
  readonly room: Room;
}

function shownStep(db: DatabaseSync, row: Row, { failures, outputs, sent, room }: Beside): ShownStep {
  const key = text(row, "key") ?? "";
  const event = text(row, "event");
  return {
    key,
    kind: row["kind"] as ShownStep["kind"],
    status: String(row["status"]),
    beganAt: number(row, "began_at"),
    endedAt: number(row, "ended_at"),
    dueAt: number(row, "due_at"),
    output: outputs.get(number(row, "row") ?? 0) ?? null,
    error: errorOf(row),
    failures: failures.get(key) ?? [],
    waitsFor: text(row, "waits_for"),
    match: matchOf(row),
    event: event === null ? null : shownEvent(db, event, room),
    child: text(row, "child"),
    isAdopted: row["adopted"] === 1,
    isEdited: row["edited"] === 1,
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
  // What it began with is in one frame of the journal.
  return origins.flatMap(({ event }) => shownEvent(db, String(event), null) ?? []);
}

/** `room`: null where it is shown in any case. */
function shownEvent(db: DatabaseSync, origin: string, room: Room | null): ShownEvent | null {
  const row = db.prepare("SELECT id, name, time, key, corrects, octet_length(data) AS bytes FROM event WHERE origin = ?").get(origin);
  if (row === undefined) return null;
  const { bytes, ...event } = row;
  const isShown = room === null || room.has(Number(bytes));
  const data = isShown ? db.prepare("SELECT data FROM event WHERE origin = ?").get(origin)?.["data"] : null;
  return { origin, data, ...event } as unknown as ShownEvent;
}

/** By step; the function's own under the empty key. */
function failedAttempts(db: DatabaseSync, run: string, only: string | null, room: Room): ReadonlyMap<string, readonly FailedAttempt[]> {
  const rows: Row[] = db
    .prepare(
      `SELECT attempt.step, attempt.attempt, attempt.failed_at, attempt.retry_at, attempt.error_name, attempt.error_message, attempt.error_stack,
         ${notBeforeStart("attempt")} AS began_at
       FROM attempt LEFT JOIN run ON run.id = attempt.run
       WHERE attempt.run = ?1 AND (?2 IS NULL OR attempt.step = ?2) ORDER BY attempt.rowid DESC LIMIT ?3`,
    )
    .all(run, only, MAX_ATTEMPTS + 1);
  if (rows.length > MAX_ATTEMPTS) room.leaveOut();
  const latest = rows.slice(0, MAX_ATTEMPTS).toReversed();
  return grouped(latest.map((row) => [String(row["step"]), failedAttempt(row)]));
}

function failedAttempt(row: Row): FailedAttempt {
  const error = errorOf(row) ?? { name: "", message: "", stack: null };
  return {
    attempt: number(row, "attempt") ?? 0,
    beganAt: number(row, "began_at"),
    failedAt: number(row, "failed_at") ?? 0,
    retryAt: number(row, "retry_at"),
    error,
  };
}

/** By step; the run's own under null. */
function sentEvents(db: DatabaseSync, run: string, only: string | null, room: Room): ReadonlyMap<string | null, readonly SentEvent[]> {
  const read = db.prepare("SELECT data FROM emission WHERE rowid = ?");
  const rows = db
    .prepare(
      `SELECT rowid AS row, octet_length(data) AS bytes, step, event_id AS id, name, target, key, corrects, owed_at AS owedAt, confirmed_at AS confirmedAt
       FROM emission WHERE run = ?1 AND (?2 IS NULL OR step = ?2) ORDER BY sequence DESC`,
    )
    .all(run, only);
  const sent = rows.map(({ row, bytes, step, ...event }) => {
    const data = bytes !== null && room.has(Number(bytes)) ? (read.get(row ?? 0)?.["data"] ?? null) : null;
    return [step === null ? null : String(step), { ...event, data } as unknown as SentEvent] as const;
  });
  return grouped(sent.toReversed());
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
