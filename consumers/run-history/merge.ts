// Lists of what is of several kinds, newest first: each kind's rows are in order by an index, and are read a few at a time, so that a page costs
// about as many rows as it shows, however many there are.

/** Where a row stands in a list: the later time first, then the greater id. */
export interface Place {
  readonly at: number;
  readonly id: string;
}

/** Of one kind: up to so many rows behind a place, in order. */
export type ReadKind = (behind: Place, count: number) => readonly Place[];

/** Before all others. */
export const NEWEST: Place = { at: Number.MAX_SAFE_INTEGER, id: "" };
const FIRST_READ = 8;
const FURTHER_READ = 64;

interface Stream {
  readonly read: ReadKind;
  rows: readonly Place[];
  next: number;
  isOver: boolean;
}

/** Ends where all have ended. What one has, no other has. */
export function* merged(kinds: readonly ReadKind[], behind: Place): Generator<Place> {
  const streams: Stream[] = [];
  for (const read of kinds) {
    const rows = read(behind, FIRST_READ);
    if (rows.length > 0) streams.push({ read, rows, next: 0, isOver: rows.length < FIRST_READ });
  }
  // The stream whose row comes first is the last of the array: it is taken from there and put back where its next row belongs.
  streams.sort((a, b) => -inOrder(head(a), head(b)));
  for (let stream = streams.pop(); stream !== undefined; stream = streams.pop()) {
    const place = head(stream);
    yield place;
    stream.next += 1;
    if (stream.next === stream.rows.length && !stream.isOver) {
      stream.rows = stream.read(place, FURTHER_READ);
      stream.next = 0;
      stream.isOver = stream.rows.length < FURTHER_READ;
    }
    if (stream.next < stream.rows.length) insert(streams, stream);
  }
}

/** Negative where `a` comes first in a list. */
export function inOrder(a: Place, b: Place): number {
  if (a.at !== b.at) return b.at - a.at;
  if (a.id === b.id) return 0;
  return a.id > b.id ? -1 : 1;
}

function insert(streams: Stream[], stream: Stream): void {
  const place = head(stream);
  let [from, to] = [0, streams.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const other = streams[middle];
    if (other !== undefined && inOrder(head(other), place) > 0) from = middle + 1;
    else to = middle;
  }
  streams.splice(from, 0, stream);
}

function head({ rows, next }: Stream): Place {
  const place = rows[next];
  if (place === undefined) throw new Error("a stream without a row is not among those that are merged");
  return place;
}
