// What an event led to, and where it came from.
import type { DatabaseSync } from "node:sqlite";

export interface EventLinks {
  readonly startedRuns: readonly { readonly id: string; readonly functionId: string; readonly status: string }[];
  /** Runs that had a step wait for it. */
  readonly awaitedBy: readonly { readonly id: string; readonly functionId: string; readonly step: string }[];
  /** Null: it came from outside. */
  readonly sentBy: { readonly run: string; readonly step: string | null } | null;
}

/** At most so many of each kind. */
const MAX_LINKS = 1_000;

export function linksOfEvent(db: DatabaseSync, { origin, id, name }: { origin: string; id: string; name: string }): EventLinks {
  const startedRuns = db
    .prepare(
      `SELECT id, function AS functionId, status FROM run WHERE event = ?1
       UNION SELECT run.id, run.function, run.status FROM batched JOIN run ON run.id = batched.run WHERE batched.event = ?1
       ORDER BY 1 LIMIT ?2`,
    )
    .all(origin, MAX_LINKS);
  const awaitedBy = db
    .prepare(
      `SELECT run.id, run.function AS functionId, step.key AS step FROM step JOIN run ON run.id = step.run
       WHERE step.event = ? ORDER BY 1, 3 LIMIT ?`,
    )
    .all(origin, MAX_LINKS);
  const sentBy = db
    .prepare("SELECT run, step FROM emission WHERE event_id = ? AND name = ? AND run IS NOT NULL ORDER BY owed_at LIMIT 1")
    .get(id, name);
  return {
    startedRuns: startedRuns as unknown as EventLinks["startedRuns"],
    awaitedBy: awaitedBy as unknown as EventLinks["awaitedBy"],
    sentBy: (sentBy ?? null) as unknown as EventLinks["sentBy"],
  };
}
