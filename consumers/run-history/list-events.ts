// Events of a history, newest first: by when the log took them. It has those that started runs, were held for some, or were waited for.
import type { DatabaseSync } from "node:sqlite";
import { cursorText, placeOfCursor, type Page } from "./cursor.ts";
import { inOrder, merged, type Place, type ReadKind } from "./merge.ts";

/** Which events. */
export interface EventsWanted {
  readonly name?: string;
  readonly key?: string;
  /** Beginning of an id, or part of a name. */
  readonly search?: string;
  /** Milliseconds since 1970, of when the log took it. */
  readonly since?: number;
  readonly until?: number;
}

export interface EventPageWanted extends EventsWanted {
  /** Of the page before. */
  readonly cursor?: string;
  /** Default 50. */
  readonly limit?: number;
}

export interface ListedEvent {
  /** `topic/partition/offset`. */
  readonly origin: string;
  readonly id: string;
  readonly name: string;
  readonly key: string | null;
  readonly time: number;
  readonly appendedAt: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Id of the event in whose place it comes. */
  readonly corrects: string | null;
  /** How many runs it started, or would have started if nothing had kept it from that. */
  readonly runs: number;
}

const COLUMNS = `
  origin, id, name, key, time, appended_at AS appendedAt, topic, partition, offset, corrects,
  (SELECT count(*) FROM run WHERE run.event = event.origin) + (SELECT count(*) FROM batched WHERE batched.event = event.origin) AS runs`;
const DEFAULT_LIMIT = 50;
/** Where more ids than these begin like that, the list is gone through from its beginning instead: it has them soon. */
const FEW = 1_000;
/** So many events are looked at for one page of a search that finds few of very many: the next page goes on behind them. */
const LOOKED_AT = 5_000;

/** Of a search that finds few of very many, a page may have fewer rows than were asked for, even none, and a next one. @throws HistoryError `HISTORY_BAD_CURSOR` */
export function pageOfEvents(db: DatabaseSync, { cursor, limit = DEFAULT_LIMIT, ...wanted }: EventPageWanted): Page<ListedEvent> {
  const { until, search } = wanted;
  const behind = placeOfCursor(cursor);
  const from = until === undefined || until > behind.at ? behind : { at: until, id: "" };
  const read = db.prepare(`SELECT ${COLUMNS} FROM event WHERE origin = ?`);
  const ids = search === undefined ? [] : beginningWith(db, search);
  if (search !== undefined && ids === null) return walked(db, { ...wanted, search, from, limit });
  const rows: ListedEvent[] = [];
  let last: Place | null = null;
  for (const place of merged([...kindsOf(db, wanted), ofIds(ids ?? [], wanted)], from)) {
    // What is found by its id may be found by its name, too.
    if (place.id === last?.id) continue;
    if (rows.length === limit) return { rows, next: last === null ? null : cursorText(last) };
    rows.push(read.get(place.id) as unknown as ListedEvent);
    last = place;
  }
  return { rows, next: null };
}

/** By its origin; or the newest that has this id. */
export function findEvent(db: DatabaseSync, idOrOrigin: string): (ListedEvent & { readonly data: string }) | null {
  const columns = `${COLUMNS}, data`;
  const row =
    db.prepare(`SELECT ${columns} FROM event WHERE origin = ?`).get(idOrOrigin) ??
    db.prepare(`SELECT ${columns} FROM event WHERE id = ? ORDER BY appended_at DESC LIMIT 1`).get(idOrOrigin);
  return row === undefined ? null : (row as unknown as ListedEvent & { readonly data: string });
}

/** Names, and how many events of each there are. */
export function namesOfEvents(db: DatabaseSync): readonly { readonly name: string; readonly count: number }[] {
  const names = db.prepare("SELECT name, count FROM event_tally ORDER BY name").all();
  return names as unknown as { name: string; count: number }[];
}

/** JSON of the newest event of a name; null where there is none. */
export function newestData(db: DatabaseSync, name: string): string | null {
  const row = db.prepare("SELECT data FROM event WHERE name = ? ORDER BY appended_at DESC, origin DESC LIMIT 1").get(name);
  return typeof row?.["data"] === "string" ? row["data"] : null;
}

/** Goes through all that the search does not narrow, and takes what fits. */
function walked(
  db: DatabaseSync,
  { search, from, limit, ...wanted }: EventsWanted & { readonly search: string; readonly from: Place; readonly limit: number },
): Page<ListedEvent> {
  const read = db.prepare(`SELECT ${COLUMNS} FROM event WHERE origin = ?`);
  const named = db.prepare("SELECT id, name FROM event WHERE origin = ?");
  const part = search.toLowerCase();
  const rows: ListedEvent[] = [];
  let looked = 0;
  for (const place of merged(kindsOf(db, { ...wanted, search: undefined }), from)) {
    looked += 1;
    const { id, name } = named.get(place.id) as unknown as Pick<ListedEvent, "id" | "name">;
    if (id.startsWith(search) || name.toLowerCase().includes(part)) rows.push(read.get(place.id) as unknown as ListedEvent);
    if (rows.length === limit || looked === LOOKED_AT) return { rows, next: cursorText(place) };
  }
  return { rows, next: null };
}

/** Of each name that is wanted; where there is a search: that it finds in the name. */
function kindsOf(db: DatabaseSync, { name, key, search, since = 0 }: KindsWanted): readonly ReadKind[] {
  const read = db.prepare(`
    SELECT appended_at AS at, origin AS id FROM event WHERE name = ? ${key === undefined ? "" : "AND key = ?"}
      AND (appended_at, origin) < (?, ?) AND appended_at >= ? ORDER BY appended_at DESC, origin DESC LIMIT ?`);
  const names = namesOfEvents(db).filter((one) => name === undefined || one.name === name);
  const found = names.filter((one) => search === undefined || one.name.toLowerCase().includes(search.toLowerCase()));
  return found.map(({ name: of }) => {
    const narrowed = key === undefined ? [of] : [of, key];
    return (behind, count) => read.all(...narrowed, behind.at, behind.id, since, count) as unknown as readonly Place[];
  });
}

type KindsWanted = Omit<EventsWanted, "search"> & { readonly search?: string | undefined };

interface FoundById extends Place {
  readonly name: string;
  readonly key: string | null;
}

/** Null where they are many. */
function beginningWith(db: DatabaseSync, search: string): readonly FoundById[] | null {
  const rows = db
    .prepare("SELECT appended_at AS at, origin AS id, name, key FROM event WHERE id >= ? AND id < ? LIMIT ?")
    .all(search, `${search}\u{10ffff}`, FEW + 1);
  return rows.length > FEW ? null : (rows as unknown as readonly FoundById[]);
}

function ofIds(found: readonly FoundById[], { name, key, since = 0 }: EventsWanted): ReadKind {
  const fitting = found.filter(
    (row) => row.at >= since && (name === undefined || row.name === name) && (key === undefined || row.key === key),
  );
  const places = fitting.toSorted(inOrder);
  return (behind, count) => places.filter((place) => inOrder(place, behind) > 0).slice(0, count);
}
