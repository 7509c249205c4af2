// Runs of a history by what they are, newest first: by when they were queued, else started, else skipped.
import type { DatabaseSync } from "node:sqlite";
import { cursorText, placeOfCursor, type Page } from "./cursor.ts";
import { findRuns } from "./find-runs.ts";
import { NEWEST, type Place } from "./merge.ts";

export const RUN_STATUSES = [
  "held",
  "queued",
  "running",
  "retrying",
  "parked",
  "quarantined",
  "completed",
  "failed",
  "cancelled",
  "skipped",
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Which runs. */
export interface RunsWanted {
  readonly functionId?: string;
  /** Any of these; all where there are none. */
  readonly statuses?: readonly RunStatus[];
  /** Name of the event that triggered it. */
  readonly event?: string;
  /** Milliseconds since 1970, of when it was queued, else of its start, or of when it was skipped. */
  readonly since?: number;
  readonly until?: number;
  /** Beginning of its id, of its event's id or key, or part of the message by which it failed (three characters at least). */
  readonly search?: string;
  /** Default: both. */
  readonly searchIn?: SearchIn;
}

/** Messages may tell of data that not everybody may see. */
export type SearchIn = "ids and messages" | "ids";

export interface RunPageWanted extends RunsWanted {
  /** Of the page before. */
  readonly cursor?: string;
  /** Default 50. */
  readonly limit?: number;
}

export interface RunFilter extends Omit<RunsWanted, "statuses" | "search" | "searchIn"> {
  readonly status?: RunStatus;
  /** Only runs that come behind this one in the list: how to turn the page. */
  readonly after?: string;
  /** Default 50. */
  readonly limit?: number;
}

export interface ListedRun {
  readonly id: string;
  readonly functionId: string;
  readonly status: RunStatus;
  /** What triggered it: of a batch, the first. Null where that is not known. */
  readonly event: { readonly id: string; readonly name: string; readonly key: string | null } | null;
  /** Milliseconds since 1970. */
  readonly queuedAt: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Why it failed, or is not what people hoped for. */
  readonly reason: string | null;
}

const DEFAULT_LIMIT = 50;
const COLUMNS = `
  run.id, run.function AS functionId, run.status, run.queued_at AS queuedAt, run.started_at AS startedAt, run.ended_at AS endedAt,
  coalesce(run.error_name || ': ' || run.error_message, run.reason) AS reason, event.id AS eventId, event.name AS eventName, event.key AS eventKey`;

/** @throws HistoryError `HISTORY_BAD_CURSOR` */
export function pageOfRuns(db: DatabaseSync, { cursor, limit = DEFAULT_LIMIT, ...wanted }: RunPageWanted): Page<ListedRun> {
  const { places, next } = findRuns(db, wanted, placeOfCursor(cursor), limit);
  return { rows: rowsOf(db, places), next: next === null ? null : cursorText(next) };
}

export function listRuns(db: DatabaseSync, { status, after, limit = DEFAULT_LIMIT, ...wanted }: RunFilter = {}): readonly ListedRun[] {
  const statuses = status === undefined ? {} : { statuses: [status] };
  const behind = after === undefined ? NEWEST : placeOf(db, after);
  return behind === null ? [] : rowsOf(db, findRuns(db, { ...wanted, ...statuses }, behind, limit).places);
}

/** Null where there is none. */
export function listedRun(db: DatabaseSync, id: string): ListedRun | null {
  return rowsOf(db, [{ at: 0, id }])[0] ?? null;
}

/** When the run that is first in a list of all came, as lists are ordered; 0 where there is none. */
export function newestAt(db: DatabaseSync): number {
  return findRuns(db, {}, NEWEST, 1).places[0]?.at ?? 0;
}

function placeOf(db: DatabaseSync, run: string): Place | null {
  const at = db.prepare("SELECT at FROM run WHERE id = ?").get(run)?.["at"];
  return typeof at === "number" ? { at, id: run } : null;
}

function rowsOf(db: DatabaseSync, places: readonly Place[]): readonly ListedRun[] {
  const read = db.prepare(`SELECT ${COLUMNS} FROM run LEFT JOIN event ON event.origin = run.event WHERE run.id = ?`);
  return places.flatMap(({ id }) => {
    const row = read.get(id);
    if (row === undefined) return [];
    const { eventId, eventName, eventKey, ...run } = row;
    const event = eventId === null ? null : { id: eventId, name: eventName, key: eventKey };
    return [{ ...run, event } as unknown as ListedRun];
  });
}

/** How many runs of a function have which status. */
export function countRuns(
  db: DatabaseSync,
): readonly { readonly functionId: string; readonly status: RunStatus; readonly count: number }[] {
  const counts = db
    .prepare("SELECT function AS functionId, status, sum(count) AS count FROM run_tally GROUP BY 1, 2 HAVING sum(count) > 0 ORDER BY 1, 2")
    .all();
  return counts as unknown as { functionId: string; status: RunStatus; count: number }[];
}
