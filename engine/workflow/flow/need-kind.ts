// Needs are told apart by their keys.

/** Starts of functions that are in no manifest now wait for one that has them. */
export const MANIFEST_NEED = "manifest";

export type NeedKind = "manifest" | "pause" | "starts" | "throttle" | "breaker" | "pool" | "permit";

export function kindOf(need: string): NeedKind {
  switch (need.slice(0, need.indexOf("/"))) {
    case "pause":
      return "pause";
    case "starts":
      return "starts";
    case "throttle":
      return "throttle";
    case "breaker":
      return "breaker";
    case "fn":
    case "app":
      return "pool";
    default:
      return need === MANIFEST_NEED ? "manifest" : "permit";
  }
}

/** Steps hold slots of these while they execute; all others are asked when a run starts. */
export function isHeld(need: string): boolean {
  const kind = kindOf(need);
  return kind === "pool" || kind === "permit" || kind === "breaker";
}
