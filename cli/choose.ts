// A name that there is not, and the one that was probably meant.
import { nearName } from "../engine/core/known-options.ts";

/** What to say behind "there is no …": a name that is close, else those that there are. */
export function meant(name: string, known: readonly string[]): string {
  const near = nearName(name, known) ?? known.find((other) => other.startsWith(name)) ?? null;
  if (near !== null) return `did you mean ${near}?`;
  if (known.length === 0) return "there are none";
  const shown = known.slice(0, SHOWN).join(", ");
  return `there ${known.length === 1 ? "is" : "are"} ${shown}${known.length > SHOWN ? " …" : ""}`;
}

const SHOWN = 20;
