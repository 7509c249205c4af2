// Runs that are decided and yet 404 for a moment: the history hears of them a little later.
import { serverNow } from "./server-clock.ts";

const YOUNG_MS = 60_000;
const MOST_NOTED = 1_000;
/** Of a run's id: milliseconds since 1970, in Crockford's base 32. */
const TIME_DIGITS = 10;
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const begun = new Map<string, number>();

/** The id of a re-run has the time of the event that began it all: that it is new, who asked for it knows. */
export function noteBegun(run: string): void {
  const [oldest] = begun.keys();
  if (begun.size >= MOST_NOTED && oldest !== undefined) begun.delete(oldest);
  begun.set(run, serverNow());
}

/** A history that does not have it need not be right. */
export function isYoung(run: string): boolean {
  return serverNow() - (begun.get(run) ?? timeOf(run)) < YOUNG_MS;
}

function timeOf(run: string): number {
  let time = 0;
  for (const digit of run.slice(0, TIME_DIGITS).toUpperCase()) time = time * DIGITS.length + DIGITS.indexOf(digit);
  return run.length === 26 ? time : 0;
}
