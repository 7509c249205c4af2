// What a proof is made of.
export interface Finding {
  /** Null: nothing to pass or fail, but good to know. */
  readonly holds: boolean | null;
  readonly text: string;
}

export function countBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/** "no steps", "1 step", "2 steps". */
export function many(count: number, noun: string): string {
  return `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;
}
