// Keeping only the newest record of each key. Offsets stay: what is gone leaves a gap that readers pass over.
import { decodeBatch, type EncodedBatch, filterBatch } from "./batch-codec.ts";
import type { PartitionTable } from "./partition-table.ts";

const STEP_BYTES = 2 * 1024 * 1024;

/**
 * Compacts what stands below the offset `below`, a little at each step, so that appends can go on between steps. Each step is a
 * transaction of its caller's. Steps go up the log, so a tombstone never goes before the values that it covers, and a compaction
 * that ends half-way, with its process, has taken nothing but what was superseded. Returns whether anything was.
 */
export function* compactPartition(table: PartitionTable, below: number): Generator<undefined, boolean> {
  let hasTaken = false;
  const newest = new Map<string, number>();
  for (const batches of steps(table, below)) {
    for (const batch of batches) {
      for (const { key, offset } of decodeBatch(batch, batch.base)) {
        if (key !== null) newest.set(key.toString("latin1"), offset);
      }
    }
    yield;
  }
  for (const batches of steps(table, below)) {
    for (const batch of batches) {
      const kept = filterBatch(
        batch,
        ({ key, value, offset }) => key === null || (value !== null && newest.get(key.toString("latin1")) === offset),
      );
      if (kept !== null && kept.length >= batch.data.length) continue;
      hasTaken = true;
      if (kept === null) table.remove(batch.base);
      else table.replace(batch.base, kept);
    }
    yield;
  }
  return hasTaken;
}

/** The batches below an offset, about `STEP_BYTES` at a time. No cursor stays open between two steps. */
function* steps(table: PartitionTable, below: number): Generator<readonly EncodedBatch[], void> {
  let from = 0;
  for (;;) {
    const batches: EncodedBatch[] = [];
    let bytes = 0;
    for (const batch of table.range(from, below)) {
      batches.push(batch);
      bytes += batch.data.length;
      if (bytes >= STEP_BYTES) break;
    }
    const last = batches.at(-1);
    if (last === undefined) return;
    yield batches;
    from = last.last + 1;
  }
}
