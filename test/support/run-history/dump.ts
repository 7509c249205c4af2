// All that a history says, so that two can be compared: rows in an order of their own, since partitions are projected in any.
import type { DatabaseSync } from "node:sqlite";

export function dump(db: DatabaseSync): Readonly<Record<string, readonly string[]>> {
  const dumped: Record<string, readonly string[]> = {};
  for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()) {
    const rows = db.prepare(`SELECT * FROM ${String(name)}`).all();
    dumped[String(name)] = rows.map((row) => JSON.stringify(row)).toSorted((a, b) => (a < b ? -1 : 1));
  }
  return dumped;
}
