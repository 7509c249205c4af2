// Keeping only the newest record of each key. Offsets stay: what is gone leaves a gap that readers pass over.
import { decodeBatch, filterBatch } from "./batch-codec.ts";
import { type PartitionStatements, toBatch } from "./sqlite-store.ts";

/** Runs in the caller's transaction, so a reader meets either all of the old records or none of them. */
export function compactPartition(statements: PartitionStatements, below: number): void {
  const newest = new Map<string, number>();
  for (const row of statements.range.iterate(0, below)) {
    const batch = toBatch(row);
    for (const record of decodeBatch(batch, batch.base)) {
      if (record.key !== null) newest.set(record.key.toString("latin1"), record.offset);
    }
  }
  for (const base of bases(statements, below)) {
    const row = statements.atOrBefore.get(base);
    if (row === undefined) continue;
    const batch = toBatch(row);
    const kept = filterBatch(
      batch,
      ({ key, value, offset }) => key === null || (value !== null && newest.get(key.toString("latin1")) === offset),
    );
    if (kept === null) statements.remove.run(base);
    else if (kept.length < batch.data.length) statements.replace.run(kept, base);
  }
}

/** Taken before anything changes: SQLite leaves open what a cursor sees of rows that change under it. */
function bases(statements: PartitionStatements, below: number): number[] {
  return Array.from(statements.range.iterate(0, below), (row) => Number(row["base"]));
}
