// The limits in force: the manifest's, unless people have changed them for a time. So a new manifest, or a change, counts for all at once.
import type { PartitionState } from "../../state.ts";
import type { FunctionSpec } from "../../trigger/manifest.ts";
import { functionOf, overrideKey } from "../keys.ts";
import type { BreakerSpec, ThrottleSpec } from "../spec.ts";

/** What people may change of a function for a time. */
export interface Override {
  /** In the order of the function's limits; null leaves one as it is. */
  readonly concurrency?: readonly (number | null)[];
  readonly throttle?: ThrottleRate;
}

/** Without `burst`: the one that is declared. */
export type ThrottleRate = Pick<ThrottleSpec, "limit" | "periodMs"> & Partial<Pick<ThrottleSpec, "burst">>;

/** How many slots the pool has in all; any number where nothing limits it any more. */
export function poolLimit(state: PartitionState, pool: string, now: number): number {
  if (pool.startsWith("app/")) {
    const end = pool.indexOf("/", "app/".length);
    return state.manifest?.appLimits.get(pool.slice("app/".length, end)) ?? Number.POSITIVE_INFINITY;
  }
  const functionId = functionOf(pool);
  // Its one or two limits are numbered by one digit.
  const index = Number(pool[functionId.length + "fn//".length]);
  const changed = overrideOf(state, functionId, now)?.concurrency?.[index] ?? null;
  return changed ?? state.manifest?.functions.get(functionId)?.flow?.concurrency?.[index]?.limit ?? Number.POSITIVE_INFINITY;
}

/** Null where nothing limits it any more. */
export function throttleOf(state: PartitionState, key: string, now: number): ThrottleSpec | null {
  const functionId = functionOf(key);
  const declared = state.manifest?.functions.get(functionId)?.flow?.throttle;
  if (declared === undefined) return null;
  return { ...declared, ...overrideOf(state, functionId, now)?.throttle };
}

export function breakerOf(state: PartitionState, key: string): BreakerSpec | null {
  return state.manifest?.functions.get(functionOf(key))?.flow?.breaker ?? null;
}

export function overrideOf(state: PartitionState, functionId: string, now: number): Override | null {
  if (state.flow.cells.size === 0) return null;
  const cell = state.flow.cells.get(overrideKey(functionId));
  return cell === undefined || cell.text === null || cell.until <= now ? null : (JSON.parse(cell.text) as Override);
}

/** Limits that functions share, by their encoded key. Where they disagree, the lowest. */
export function appLimitsOf(functions: Iterable<Pick<FunctionSpec, "flow">>): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { flow } of functions) {
    for (const { scope, key = "", limit } of flow?.concurrency ?? []) {
      const name = encodeURIComponent(key);
      if (scope === "app") limits.set(name, Math.min(limit, limits.get(name) ?? limit));
    }
  }
  return limits;
}
