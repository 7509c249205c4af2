// A key for each partition, so that the load is the same on all of them.
import { partitionOfKey } from "../engine/core/murmur2.ts";

export function keysFor(partitions: number): readonly string[] {
  const keys = new Map<number, string>();
  for (let n = 0; keys.size < partitions; n++) {
    const key = `k${n}`;
    const partition = partitionOfKey(Buffer.from(key), partitions);
    if (!keys.has(partition)) keys.set(partition, key);
  }
  return [...keys.values()];
}
