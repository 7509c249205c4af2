// One index of an app's dead letters for all resources that ask for them.
import type { ServedApp } from "../served-app.ts";
import { DeadLetters } from "./dead-letters.ts";

const known = new WeakMap<ServedApp, DeadLetters>();

export function deadLettersOf(served: ServedApp): DeadLetters {
  const found = known.get(served) ?? new DeadLetters(served);
  known.set(served, found);
  return found;
}
