// What a run or an event came of, and what came of it, as a graph: an event triggers runs or is waited for, runs send events, invoke runs and are
// repeated by others. Found from the subject outwards, so that what is near is there where not all is.
import type { DatabaseSync } from "node:sqlite";

export interface GraphNode {
  /** A run's id, or an event's origin. */
  readonly id: string;
  readonly kind: "run" | "event";
  /** A function's id, or an event's name. */
  readonly label: string;
  /** Of a run. */
  readonly status: string | null;
  readonly isSubject: boolean;
}

export interface GraphEdge {
  /** The cause. */
  readonly from: string;
  readonly to: string;
  readonly by: "triggered" | "sent" | "awaited" | "invoked" | "rerun";
  readonly step: string | null;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** There is more. */
  readonly isCut: boolean;
}

const MAX_NODES = 500;
const MAX_EDGES_A_NODE = 200;

interface Edge {
  readonly other: string;
  readonly kind: "run" | "event";
  readonly by: GraphEdge["by"];
  readonly step: string | null;
  /** The other came of this one. */
  readonly isEffect: 0 | 1;
}

/** A re-run has its original's event, unless people gave it another. */
const OWN_EVENT = "(rerun_of IS NULL OR event LIKE 'edited/%')";

// Events are known by the ids that the engine gave to what runs sent: of users' ids, two events may share one, so the name has to be the same, too.
const OF_RUN = `
  SELECT event AS other, 'event' AS kind, 'triggered' AS "by", NULL AS step, 0 AS isEffect
    FROM run WHERE id = ?1 AND event IS NOT NULL AND parent_run IS NULL AND ${OWN_EVENT}
  UNION ALL SELECT event, 'event', 'triggered', NULL, 0 FROM batched WHERE run = ?1
  UNION ALL SELECT parent_run, 'run', 'invoked', parent_step, 0 FROM run WHERE id = ?1 AND parent_run IS NOT NULL
  UNION ALL SELECT rerun_of, 'run', 'rerun', NULL, 0 FROM run WHERE id = ?1 AND rerun_of IS NOT NULL
  UNION ALL SELECT event, 'event', 'awaited', key, 0 FROM step WHERE run = ?1 AND event IS NOT NULL
  UNION ALL SELECT e.origin, 'event', 'sent', m.step, 1 FROM emission m JOIN event e ON e.id = m.event_id AND e.name = m.name WHERE m.run = ?1
  UNION ALL SELECT id, 'run', 'invoked', parent_step, 1 FROM run WHERE parent_run = ?1
  UNION ALL SELECT id, 'run', 'rerun', NULL, 1 FROM run WHERE rerun_of = ?1
  LIMIT ?2`;

const OF_EVENT = `
  SELECT id AS other, 'run' AS kind, 'triggered' AS "by", NULL AS step, 1 AS isEffect
    FROM run WHERE event = ?1 AND parent_run IS NULL AND ${OWN_EVENT}
  UNION ALL SELECT run, 'run', 'triggered', NULL, 1 FROM batched WHERE event = ?1
  UNION ALL SELECT run, 'run', 'awaited', key, 1 FROM step WHERE event = ?1
  UNION ALL SELECT m.run, 'run', 'sent', m.step, 0
    FROM event e JOIN emission m ON m.event_id = e.id AND m.name = e.name WHERE e.origin = ?1 AND m.run IS NOT NULL
  LIMIT ?2`;

/** Null where there is no such run. */
export function graphOfRun(db: DatabaseSync, id: string): Graph | null {
  return graphOf(db, { id, kind: "run" });
}

/** Null where there is no such event. */
export function graphOfEvent(db: DatabaseSync, origin: string): Graph | null {
  return graphOf(db, { id: origin, kind: "event" });
}

function graphOf(db: DatabaseSync, subject: Pick<GraphNode, "id" | "kind">): Graph | null {
  const read = reading(db);
  const first = read.node(subject.kind, subject.id, true);
  if (first === null) return null;
  const nodes = new Map([[first.id, first]]);
  const edges = new Map<string, GraphEdge>();
  let isCut = false;
  // A map is walked in the order in which nodes came to it, those that come meanwhile as well.
  for (const { id, kind } of nodes.values()) {
    const found = read.edges(kind, id);
    if (found.length > MAX_EDGES_A_NODE) isCut = true;
    for (const { other, kind: otherKind, by, step, isEffect } of found.slice(0, MAX_EDGES_A_NODE)) {
      if (!nodes.has(other)) {
        const node = nodes.size < MAX_NODES ? read.node(otherKind, other, false) : null;
        if (nodes.size >= MAX_NODES) isCut = true;
        if (node === null) continue;
        nodes.set(other, node);
      }
      const [from, to] = isEffect === 1 ? [id, other] : [other, id];
      edges.set(JSON.stringify([from, to, by, step]), { from, to, by, step });
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], isCut };
}

function reading(db: DatabaseSync) {
  const [ofRun, ofEvent] = [db.prepare(OF_RUN), db.prepare(OF_EVENT)];
  const run = db.prepare("SELECT function AS label, status FROM run WHERE id = ?");
  const event = db.prepare("SELECT name AS label FROM event WHERE origin = ?");
  return {
    edges(kind: GraphNode["kind"], id: string): readonly Edge[] {
      return (kind === "run" ? ofRun : ofEvent).all(id, MAX_EDGES_A_NODE + 1) as unknown as readonly Edge[];
    },
    /** Null where the history does not have it. */
    node(kind: GraphNode["kind"], id: string, isSubject: boolean): GraphNode | null {
      const row = (kind === "run" ? run : event).get(id);
      if (row === undefined) return null;
      return { id, kind, label: String(row["label"]), status: kind === "run" ? String(row["status"]) : null, isSubject };
    },
  };
}
