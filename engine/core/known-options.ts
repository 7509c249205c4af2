// Options that nobody reads are mistakes: a misspelt condition would be no condition at all. Types tell most of them, but not all code has types.
import { shown } from "./shown.ts";

/** What is wrong with the names in `given`, which `what` got; null where all of them are known. */
export function unknownOption(given: unknown, known: readonly string[], what = "it"): string | null {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return `${what} takes an object with ${known.join(", ")}, not ${shown(given)}`;
  }
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const near = nearName(name, known);
    const advice = near === null ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
    return `${what} has an unknown option ${shown(name)}: ${advice}`;
  }
  return null;
}

/** Which of the names that there are somebody may have meant; null where none is close. */
export function nearName(name: string, known: readonly string[]): string | null {
  const near = known
    .map((other) => ({ other, letters: distance(name.toLowerCase(), other.toLowerCase()) }))
    .toSorted((a, b) => a.letters - b.letters)[0];
  return near !== undefined && near.letters <= MAX_DISTANCE ? near.other : null;
}

/** More letters than these make another word. */
const MAX_DISTANCE = 2;

/** How many letters are to be put in, left out or replaced to make one of the other; more than enough where their lengths say it already. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  // All of a short word replaced is no misspelling of it.
  const last = row.at(-1) ?? 0;
  return last < Math.min(a.length, b.length) ? last : MAX_DISTANCE + 1;
}
