// How long a partition's journal was silent: what a fault cost, as a user would feel it.
import type { PartitionHistory } from "./history.ts";

/** The longest time between two frames of one partition, in ms, from `since` (milliseconds since 1970) to its last frame. */
export function longestSilence(histories: readonly PartitionHistory[], since: number): number {
  return Math.max(...histories.map((history) => silenceOf(history, since)));
}

function silenceOf({ frames }: PartitionHistory, since: number): number {
  let longest = 0;
  for (let index = frames.length - 1; index > 0; index--) {
    const at = frames[index]?.at ?? 0;
    if (at < since) break;
    longest = Math.max(longest, at - (frames[index - 1]?.at ?? at));
  }
  return longest;
}

/** Every partition appended a frame within the last second. */
export function allAppending(histories: readonly PartitionHistory[]): boolean {
  return histories.every(({ frames }) => (frames.at(-1)?.at ?? 0) > Date.now() - 1_000);
}
