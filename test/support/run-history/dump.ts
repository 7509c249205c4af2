// All that a history says, so that two can be compared: rows in an order of their own, since partitions are projected in any.
import type { DatabaseSync } from "node:sqlite";

export function dump(db: DatabaseSync): Readonly<Record<string, readonly string[]>> {
  const dumped: Record<string, readonly string[]> = {};
  for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'failure_text%'").all()) {
    const rows = db.prepare(`SELECT * FROM ${String(name)}`).all();
    dumped[String(name)] = rows.map((row) => JSON.stringify(row)).toSorted((a, b) => (a < b ? -1 : 1));
  }
  // A kind that nothing is of any more need not be there.
  const tally = db.prepare("SELECT * FROM run_tally WHERE count > 0").all();
  dumped["run_tally"] = tally.map((row) => JSON.stringify(row)).toSorted((a, b) => (a < b ? -1 : 1));
  // By messages, since the index of words knows runs by their rows.
  const findable = db.prepare("SELECT run.id FROM failure_text JOIN run ON run.rowid = failure_text.rowid ORDER BY 1").all();
  dumped["failure_text"] = findable.map(({ id }) => String(id));
  return dumped;
}
