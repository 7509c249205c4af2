// What a signal may be called: its name is the key of an event, and is compared as a value.
import { shown } from "../core/shown.ts";

const MAX_SIGNAL = 512;

/** Null where it is a name. */
export function signalProblem(name: unknown): string | null {
  const isName = typeof name === "string" && name !== "" && name.length <= MAX_SIGNAL && name.isWellFormed();
  return isName ? null : `a signal's name is a text of 1 to ${MAX_SIGNAL} characters, not ${shown(name)}`;
}
