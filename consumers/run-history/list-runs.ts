// Runs of a history by what they are, newest first.
import type { DatabaseSync, SQLInputValue } from "node:sqlite";

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

export interface RunFilter {
  readonly functionId?: string;
  readonly status?: RunStatus;
  /** Name of the event that triggered it. */
  readonly event?: string;
  /** Milliseconds since 1970, of its start, or of when it was queued or skipped. */
  readonly since?: number;
  readonly until?: number;
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

const COLUMNS = `
  run.id, run.function AS functionId, run.status, run.queued_at AS queuedAt, run.started_at AS startedAt, run.ended_at AS endedAt,
  coalesce(run.error_name || ': ' || run.error_message, run.reason) AS reason, event.id AS eventId, event.name AS eventName, event.key AS eventKey`;
const BEGAN = "coalesce(run.started_at, run.queued_at, run.ended_at)";

export function listRuns(db: DatabaseSync, filter: RunFilter = {}): readonly ListedRun[] {
  const wanted: [condition: string, value: SQLInputValue | undefined][] = [
    ["run.function = ?", filter.functionId],
    ["run.status = ?", filter.status],
    ["event.name = ?", filter.event],
    [`${BEGAN} >= ?`, filter.since],
    [`${BEGAN} < ?`, filter.until],
    ["run.id < ?", filter.after],
  ];
  const given = wanted.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]));
  const where = given.length === 0 ? "" : `WHERE ${given.map(({ condition }) => condition).join(" AND ")}`;
  return db
    .prepare(`SELECT ${COLUMNS} FROM run LEFT JOIN event ON event.origin = run.event ${where} ORDER BY run.id DESC LIMIT ?`)
    .all(...given.map(({ value }) => value), filter.limit ?? 50)
    .map(({ eventId, eventName, eventKey, ...run }) => {
      const event = eventId === null ? null : { id: eventId, name: eventName, key: eventKey };
      return { ...run, event } as unknown as ListedRun;
    });
}

/** How many runs of a function have which status. */
export function countRuns(
  db: DatabaseSync,
): readonly { readonly functionId: string; readonly status: RunStatus; readonly count: number }[] {
  const counts = db.prepare("SELECT function AS functionId, status, count(*) AS count FROM run GROUP BY 1, 2 ORDER BY 1, 2").all();
  return counts as unknown as { functionId: string; status: RunStatus; count: number }[];
}
