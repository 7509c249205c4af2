// All that a history says, so that two can be compared: rows in an order of their own, since partitions are projected in any.
import type { DatabaseSync } from "node:sqlite";

export function dump(db: DatabaseSync): Readonly<Record<string, readonly string[]>> {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  return Object.fromEntries(
    tables.map(({ name }) => [
      name,
      db
        .prepare(`SELECT * FROM ${String(name)}`)
        .all()
        .map((row) => JSON.stringify(row))
        .toSorted(),
    ]),
  );
}
