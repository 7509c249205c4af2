// Runs by what people know of them: the beginning of an id, of their event's id or key, or part of the message by which they failed.
import type { DatabaseSync } from "node:sqlite";
import type { SearchIn } from "./list-runs.ts";

/** Where more than these fit by one of the ways, the list is gone through from its beginning instead: it has them soon. */
const FEW = 1_000;
const RUN_ID_LENGTH = 26;
const ID_LETTERS = /^[0-9A-HJKMNP-TV-Z]{1,26}$/i;
/** The index of words knows three letters at least. */
const SHORTEST_PART = 3;

/** All that fit; null where they are many. */
export function candidates(db: DatabaseSync, search: string, searchIn: SearchIn): ReadonlySet<string> | null {
  const found = new Set<string>();
  if (ID_LETTERS.test(search)) {
    const ids = db.prepare("SELECT id FROM run WHERE id >= ? AND id < ? LIMIT ?").all(...beginning(search.toUpperCase()), FEW + 1);
    if (ids.length > FEW) return null;
    for (const { id } of ids) found.add(String(id));
    if (search.length === RUN_ID_LENGTH && ids.length > 0) return found;
  }
  const runsOf = db.prepare("SELECT id FROM run WHERE event = ?1 UNION SELECT run FROM batched WHERE event = ?1");
  for (const column of ["id", "key"]) {
    const events = db.prepare(`SELECT origin FROM event WHERE ${column} >= ? AND ${column} < ? LIMIT ?`).all(...beginning(search), FEW + 1);
    if (events.length > FEW) return null;
    for (const { origin } of events) for (const { id } of runsOf.all(origin ?? "")) found.add(String(id));
  }
  if (!isPart(search, searchIn)) return found;
  const failed = db.prepare("SELECT rowid FROM failure_text WHERE message MATCH ? LIMIT ?").all(asPhrase(search), FEW + 1);
  if (failed.length > FEW) return null;
  const idOf = db.prepare("SELECT id FROM run WHERE rowid = ?");
  for (const { rowid } of failed) found.add(String(idOf.get(rowid ?? 0)?.["id"]));
  return found;
}

/** Whether one run does. */
export function fitting(db: DatabaseSync, search: string, searchIn: SearchIn): (run: string) => boolean {
  const isId = ID_LETTERS.test(search);
  const looksInMessages = isPart(search, searchIn);
  const upper = search.toUpperCase();
  const lower = search.toLowerCase();
  const read = db.prepare(`
    SELECT event.id, event.key, run.error_message AS message FROM run LEFT JOIN event ON event.origin = run.event WHERE run.id = ?`);
  const batch = db.prepare("SELECT event.id, event.key FROM batched JOIN event ON event.origin = batched.event WHERE batched.run = ?");
  const begins = ({ id, key }: Readonly<Record<string, unknown>>): boolean =>
    (typeof id === "string" && id.startsWith(search)) || (typeof key === "string" && key.startsWith(search));
  return (run) => {
    if (isId && run.startsWith(upper)) return true;
    const row = read.get(run);
    if (row === undefined) return false;
    if (begins(row)) return true;
    if (looksInMessages && typeof row["message"] === "string" && row["message"].toLowerCase().includes(lower)) return true;
    return batch.all(run).some(begins);
  };
}

function isPart(search: string, searchIn: SearchIn): boolean {
  // To SQLite the text of a search ends where a NUL is.
  return searchIn === "ids and messages" && search.length >= SHORTEST_PART && !search.includes("\0");
}

/** Bounds of what begins with it. */
function beginning(text: string): readonly [from: string, before: string] {
  return [text, `${text}\u{10ffff}`];
}

function asPhrase(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
