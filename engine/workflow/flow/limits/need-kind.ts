// Needs are told apart by their keys.
import { permitOf } from "../keys.ts";

export type NeedKind = "manifest" | "pause" | "starts" | "throttle" | "breaker" | "pool" | "permit";

/** Asked with each step: no text is made for it. */
export function kindOf(need: string): NeedKind {
  if (need.startsWith("fn/") || need.startsWith("app/")) return "pool";
  if (need.startsWith("throttle/")) return "throttle";
  if (need.startsWith("breaker/")) return "breaker";
  if (need.startsWith("pause/")) return "pause";
  if (need.startsWith("starts/")) return "starts";
  return need.startsWith("manifest/") ? "manifest" : "permit";
}

/** Runs of other functions may wait for it, too. */
export function isShared(need: string): boolean {
  return (kindOf(need) === "permit" ? permitOf(need).pool : need).startsWith("app/");
}

/** Steps hold slots of these while they execute; all others are asked when a run starts. */
export function isHeld(need: string): boolean {
  const kind = kindOf(need);
  return kind === "pool" || kind === "permit" || kind === "breaker";
}
