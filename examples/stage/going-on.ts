// Whether a play is getting anywhere.
import type { Crew } from "./crew.ts";
import { PARTITIONS } from "./stage.ts";

const STALLED_MS = 20_000;
/** Nothing was heard for so long: nothing more will come. */
const QUIET_MS = 1_500;

export interface Hearing<Told> {
  readonly crew: Crew<Told>;
  /** When something was last heard, by `performance.now()`. */
  readonly heardAt: number;
}

/** @throws Error saying what is wrong, when the workers stop making progress, or one dies that was not killed */
export function isGoingOn<Told>({ crew, heardAt }: Hearing<Told>): true {
  for (const { name, log } of crew.fallen) throw new Error(`${name} ended by itself.\n${log}`);
  if (performance.now() - heardAt < STALLED_MS) return true;
  const { ownedPartitions, openRuns, logs } = crew;
  throw new Error(
    `Nothing happened for ${STALLED_MS / 1_000} s: ${ownedPartitions} of ${PARTITIONS} partitions are owned, ${openRuns} runs are open.\n${logs}`,
  );
}

/** What was acknowledged at the moment of a death may not have been told: then it is the end when nobody has anything left to do. */
export function isQuiet<Told>({ crew, heardAt }: Hearing<Told>): boolean {
  return performance.now() - heardAt > QUIET_MS && crew.ownedPartitions === PARTITIONS && crew.openRuns === 0;
}
