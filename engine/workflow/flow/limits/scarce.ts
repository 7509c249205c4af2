// What runs of a line wait for, of all that they need.
import { isHeld } from "./need-kind.ts";

/** The first limit on steps, else the throttle. */
export function scarceOf(needs: readonly string[]): string | undefined {
  return needs.find(isHeld) ?? needs[0];
}
