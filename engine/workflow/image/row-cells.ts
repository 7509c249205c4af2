// Queued runs in the image: a bucket of them a cell, some 40 bytes a run. What the runs of a line share is written once, and their numbers as
// differences from those of the first.
import type { RunId } from "../../core/ids.ts";
import type { QueuedRow } from "../flow/lines/rows.ts";
import type { RunParent } from "../records.ts";

/** Differences of what lies between this and its negative are exact. */
const MAX_EXACT = 2 ** 52;

type Kind = readonly [functionId: string, gate: QueuedRow["gate"], needs: readonly string[], share: string, weight: number];
type From = readonly [number: number, score: number, lsn: number];
/** The last four are left out where none of them says anything. */
type RowText = readonly [
  run: RunId,
  number: number,
  score: number,
  lsn: number,
  startBy?: number | null,
  parent?: RunParent | null,
  singleton?: string | null,
  cancels?: readonly number[],
];
type LineText = readonly [Kind, From, readonly RowText[]];

/** `rows`: of one bucket, by number. Null for none. */
export function rowsBody(rows: readonly QueuedRow[]): string | null {
  if (rows.length === 0) return null;
  const lines = Map.groupBy(rows, (row) => JSON.stringify(kindOf(row)));
  return JSON.stringify([...lines.values()].flatMap((line) => lineText(line)));
}

export function* readRows(body: string): Iterable<QueuedRow> {
  for (const [kind, from, rows] of JSON.parse(body) as readonly LineText[]) for (const row of rows) yield readRow(kind, from, row);
}

function kindOf({ functionId, gate, needs, share, weight }: QueuedRow): Kind {
  return [functionId, gate, needs, share, weight];
}

function lineText(rows: readonly QueuedRow[]): readonly LineText[] {
  const [first] = rows;
  if (first === undefined) return [];
  const score = rows.every((row) => Math.abs(row.score) < MAX_EXACT) ? first.score : 0;
  const from: From = [first.number, score, first.lsn];
  return [[kindOf(first), from, rows.map((row) => rowText(row, from))]];
}

function rowText({ run, number, score, lsn, startBy, parent, singleton, cancels }: QueuedRow, [number0, score0, lsn0]: From): RowText {
  const own = [run, number - number0, score - score0, lsn - lsn0] as const;
  const isPlain = startBy === null && parent === null && singleton === null && cancels.length === 0;
  return isPlain ? own : [...own, startBy, parent, singleton, cancels];
}

function readRow([functionId, gate, needs, share, weight]: Kind, [number0, score0, lsn0]: From, text: RowText): QueuedRow {
  const [run, number, score, lsn, startBy = null, parent = null, singleton = null, cancels = []] = text;
  const common = { run, functionId, gate, needs, share, weight };
  return { ...common, score: score0 + score, number: number0 + number, startBy, lsn: lsn0 + lsn, parent, singleton, cancels };
}
