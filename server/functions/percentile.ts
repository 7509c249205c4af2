// The value below which so much of a sample lies, that is counted in buckets.

export interface Bucket {
  readonly value: number;
  readonly count: number;
}

/** Of one bucket at least, in ascending order; `share` in [0, 1]. */
export function percentileOf(buckets: readonly Bucket[], share: number): number {
  const wanted = buckets.reduce((sum, { count }) => sum + count, 0) * share;
  let seen = 0;
  for (const { value, count } of buckets) {
    seen += count;
    if (seen >= wanted) return value;
  }
  return buckets.at(-1)?.value ?? 0;
}
