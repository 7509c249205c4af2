// Where runs stand in a list that is narrowed by what they are, and searched.
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { RunsWanted } from "./list-runs.ts";
import { inOrder, merged, NEWEST, type Place, type ReadKind } from "./merge.ts";
import { candidates, fitting } from "./search-runs.ts";

/** So many runs are looked at for one page of a search that finds few of very many: the next page goes on behind them. */
const LOOKED_AT = 5_000;

export interface Found {
  readonly places: readonly Place[];
  /** Null: there are no others. */
  readonly next: Place | null;
}

export function findRuns(db: DatabaseSync, wanted: RunsWanted, behind: Place, limit: number): Found {
  const { search, searchIn = "ids and messages", until } = wanted;
  const from = until === undefined || until > behind.at ? behind : { at: until, id: "" };
  if (search === undefined) return firstOf(merged(kindsOf(db, wanted), from), limit);
  const found = candidates(db, search, searchIn);
  if (found !== null) return firstOf(placesAmong(db, found, wanted, from), limit);
  const fits = fitting(db, search, searchIn);
  const places: Place[] = [];
  let looked = 0;
  for (const place of merged(kindsOf(db, wanted), from)) {
    looked += 1;
    if (fits(place.id)) places.push(place);
    if (places.length === limit || looked === LOOKED_AT) return { places, next: place };
  }
  return { places, next: null };
}

/** All that are wanted, newest first, so many at a time. What is wanted by then no more is not among them. */
export function* batchesOf(db: DatabaseSync, wanted: RunsWanted, size: number): Generator<readonly string[]> {
  for (let behind: Place | null = NEWEST; behind !== null;) {
    const { places, next }: Found = findRuns(db, wanted, behind, size);
    yield places.map(({ id }) => id);
    behind = next;
  }
}

/** Null for a search: those are counted by going through them. */
export function countWanted(db: DatabaseSync, { since, until, search, ...wanted }: RunsWanted): number | null {
  if (search !== undefined) return null;
  const { text, values } = conditions(wanted);
  if (since === undefined && until === undefined) {
    return Number(db.prepare(`SELECT coalesce(sum(count), 0) AS count FROM run_tally WHERE ${text}`).get(...values)?.["count"]);
  }
  const kinds = db.prepare(`SELECT function, status, event_name AS event FROM run_tally WHERE count > 0 AND ${text}`).all(...values);
  const count = db.prepare("SELECT count(*) AS count FROM run WHERE function = ? AND status = ? AND event_name = ? AND at >= ? AND at < ?");
  const [from, before] = [since ?? 0, until ?? Number.MAX_SAFE_INTEGER];
  return kinds.reduce(
    (sum, kind) => sum + Number(count.get(kind["function"] ?? "", kind["status"] ?? "", kind["event"] ?? "", from, before)?.["count"]),
    0,
  );
}

function firstOf(all: Iterable<Place>, limit: number): Found {
  const places: Place[] = [];
  for (const place of all) {
    if (places.length === limit) return { places, next: places.at(-1) ?? null };
    places.push(place);
  }
  return { places, next: null };
}

/** A reader of each kind that fits. */
function kindsOf(db: DatabaseSync, { since = 0, ...wanted }: RunsWanted): readonly ReadKind[] {
  const { text, values } = conditions(wanted);
  const read = db.prepare(`
    SELECT at, id FROM run WHERE function = ? AND status = ? AND event_name = ? AND (at, id) < (?, ?) AND at >= ?
    ORDER BY at DESC, id DESC LIMIT ?`);
  const kinds = db.prepare(`SELECT function, status, event_name AS event FROM run_tally WHERE count > 0 AND ${text}`).all(...values);
  return kinds.map(({ function: functionId, status, event }) => (behind, count) => {
    const rows = read.all(functionId ?? "", status ?? "", event ?? "", behind.at, behind.id, since, count);
    return rows as unknown as readonly Place[];
  });
}

function placesAmong(db: DatabaseSync, ids: ReadonlySet<string>, { since = 0, ...wanted }: RunsWanted, behind: Place): readonly Place[] {
  const { text, values } = conditions(wanted);
  const read = db.prepare(`SELECT at, id FROM run WHERE id = ? AND (at, id) < (?, ?) AND at >= ? AND ${text}`);
  const places: Place[] = [];
  for (const id of ids) {
    const place = read.get(id, behind.at, behind.id, since, ...values);
    if (place !== undefined) places.push(place as unknown as Place);
  }
  return places.toSorted(inOrder);
}

/** Of columns that the tally has, too. */
function conditions({ functionId, statuses = [], event }: RunsWanted): {
  readonly text: string;
  readonly values: readonly SQLInputValue[];
} {
  const given: (readonly [string, readonly SQLInputValue[]])[] = [
    ...(functionId === undefined ? [] : [["function = ?", [functionId]] as const]),
    ...(statuses.length === 0 ? [] : [[`status IN (${statuses.map(() => "?").join(", ")})`, statuses] as const]),
    ...(event === undefined ? [] : [["event_name = ?", [event]] as const]),
  ];
  if (given.length === 0) return { text: "true", values: [] };
  return { text: given.map(([text]) => text).join(" AND "), values: given.flatMap(([, values]) => values) };
}
