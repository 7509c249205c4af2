// What a run came of, and what came of it: event → run → emitted event → run, across functions.
import type { DatabaseSync } from "node:sqlite";

/** How one run leads to another. */
export type Link =
  /** By an event that it sent, which started the other, or which the other waited for. */
  | { readonly by: "event" | "awaited"; readonly event: string; readonly step: string | null }
  | { readonly by: "invoke"; readonly step: string }
  | { readonly by: "rerun" };

export interface RunNode {
  readonly run: string;
  readonly functionId: string;
  readonly status: string;
  /** How it came of the run above it; null for the run that was asked about. */
  readonly link: Link | null;
  /** In no more than so many levels and runs: see `LineageLimits`. */
  readonly effects: readonly RunNode[];
}

export interface Lineage {
  /** The run that was asked about, with what came of it. */
  readonly run: RunNode;
  /** What it came of, the nearest first: each leads to the one before by its link. */
  readonly causes: readonly { readonly run: string; readonly functionId: string; readonly status: string; readonly link: Link }[];
  /** True where there is more than the limits let through. */
  readonly isCut: boolean;
}

export interface LineageLimits {
  /** Default 20. */
  readonly levels?: number;
  /** Default 1,000. */
  readonly runs?: number;
}

interface Found {
  readonly run: string;
  readonly functionId: string;
  readonly status: string;
  readonly by: Link["by"];
  readonly step: string | null;
  readonly event: string | null;
}

// An event is what was sent where id and name are the same: the engine makes ids that no two events share; those of users are theirs.
const EFFECTS = `
  SELECT r.id AS run, r.function AS functionId, r.status, 'event' AS "by", m.step, m.name AS event
    FROM emission m JOIN event e ON e.id = m.event_id AND e.name = m.name JOIN run r ON r.event = e.origin
    WHERE m.run = ?1 AND r.parent_run IS NULL
  UNION SELECT r.id, r.function, r.status, 'event', m.step, m.name
    FROM emission m JOIN event e ON e.id = m.event_id AND e.name = m.name JOIN batched b ON b.event = e.origin JOIN run r ON r.id = b.run
    WHERE m.run = ?1
  UNION SELECT r.id, r.function, r.status, 'awaited', m.step, m.name
    FROM emission m JOIN event e ON e.id = m.event_id AND e.name = m.name JOIN step s ON s.event = e.origin JOIN run r ON r.id = s.run
    WHERE m.run = ?1 AND r.id <> ?1
  UNION SELECT id, function, status, 'invoke', parent_step, NULL FROM run WHERE parent_run = ?1
  UNION SELECT id, function, status, 'rerun', NULL, NULL FROM run WHERE rerun_of = ?1
  ORDER BY 1`;

const CAUSE = `
  SELECT p.id AS run, p.function AS functionId, p.status, 'rerun' AS "by", NULL AS step, NULL AS event
    FROM run r JOIN run p ON p.id = r.rerun_of WHERE r.id = ?1
  UNION ALL SELECT p.id, p.function, p.status, 'invoke', r.parent_step, NULL FROM run r JOIN run p ON p.id = r.parent_run WHERE r.id = ?1
  UNION ALL SELECT p.id, p.function, p.status, 'event', m.step, m.name
    FROM run r JOIN event e ON e.origin = r.event JOIN emission m ON m.event_id = e.id AND m.name = e.name JOIN run p ON p.id = m.run
    WHERE r.id = ?1 AND p.id <> ?1
  LIMIT 1`;

/** Null where the run is not in the history. */
export function lineageOf(db: DatabaseSync, id: string, { levels = 20, runs = 1_000 }: LineageLimits = {}): Lineage | null {
  const self = db.prepare("SELECT id AS run, function AS functionId, status FROM run WHERE id = ?").get(id) as
    Omit<RunNode, "link" | "effects"> | undefined;
  if (self === undefined) return null;
  const effectsOf = db.prepare(EFFECTS);
  const seen = new Set([id]);
  let isCut = false;
  const below = (run: string, level: number): RunNode[] => {
    const effects: RunNode[] = [];
    for (const found of effectsOf.iterate(run) as IterableIterator<unknown>) {
      const effect = found as Found;
      if (seen.has(effect.run)) continue;
      if (level > levels || seen.size >= runs) {
        isCut = true;
        break;
      }
      seen.add(effect.run);
      const { functionId, status } = effect;
      effects.push({ run: effect.run, functionId, status, link: linkOf(effect), effects: [] });
    }
    // All that came of a run itself, before what came of that: it is what people look for first.
    return effects.map((effect) => ({ ...effect, effects: below(effect.run, level + 1) }));
  };
  return { run: { ...self, link: null, effects: below(id, 1) }, causes: causesOf(db, id, levels), isCut };
}

function causesOf(db: DatabaseSync, id: string, levels: number): Lineage["causes"] {
  const causeOf = db.prepare(CAUSE);
  const causes: Lineage["causes"][number][] = [];
  const seen = new Set([id]);
  for (let at = id; causes.length < levels;) {
    const found = causeOf.get(at) as Found | undefined;
    if (found === undefined || seen.has(found.run)) break;
    const { run, functionId, status } = found;
    causes.push({ run, functionId, status, link: linkOf(found) });
    seen.add(run);
    at = run;
  }
  return causes;
}

function linkOf({ by, step, event }: Found): Link {
  switch (by) {
    case "event":
    case "awaited":
      return { by, event: event ?? "", step };
    case "invoke":
      return { by, step: step ?? "" };
    case "rerun":
      return { by };
  }
}
