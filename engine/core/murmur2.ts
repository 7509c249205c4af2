// Murmur2 as Kafka's Java producer uses it, so that every client puts a key on the same partition.
// https://github.com/apache/kafka/blob/trunk/clients/src/main/java/org/apache/kafka/common/utils/Utils.java

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** Signed 32-bit hash. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  const words = length >> 2;
  let hash = SEED ^ length;
  for (let word = 0; word < words; word++) {
    const at = word * 4;
    let k = ((bytes[at] ?? 0) & 0xff) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    k = Math.imul(k, M);
    k ^= k >>> R;
    hash = Math.imul(hash, M) ^ Math.imul(k, M);
  }
  const tail = words * 4;
  const rest = length & 3;
  if (rest === 3) hash ^= (bytes[tail + 2] ?? 0) << 16;
  if (rest >= 2) hash ^= (bytes[tail + 1] ?? 0) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[tail] ?? 0), M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

/** The partition of a key: Kafka's `toPositive(murmur2(key)) % partitions`. */
export function positivePartition(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
