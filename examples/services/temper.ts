// How a service behaves on a day like any other: how slow it is, and how often it does not work.

export interface Temper {
  readonly slowMs: readonly [least: number, most: number];
  /** Of a hundred requests, so many are refused before anything happened … */
  readonly refusedPercent: number;
  /** … and so many are done, but the answer never arrives: why services take idempotency keys. */
  readonly lostPercent: number;
  /** Seconds, where it says when to come back. */
  readonly retryAfter: number | null;
}

export type Mood = "works" | "refuses" | "loses the answer";

export const CALM: Temper = { slowMs: [10, 40], refusedPercent: 0, lostPercent: 0, retryAfter: null };

/** `times`: how often this very thing was asked for, 1 for the first. Moody, not dead: the fourth time it works. */
export function moodOf({ refusedPercent, lostPercent }: Temper, times: number, random: number): Mood {
  const percent = random * 100;
  if (times > 3 || percent >= refusedPercent + lostPercent) return "works";
  return percent < refusedPercent ? "refuses" : "loses the answer";
}
