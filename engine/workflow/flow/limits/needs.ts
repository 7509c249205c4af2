// What has to let a run start, or a step of it execute: each is told by its key alone.
import { unreachable } from "../../../core/errors.ts";
import type { PartitionState } from "../../state.ts";
import { isPaused } from "./pause.ts";
import { breakerRoom } from "./breaker-room.ts";
import { functionOf, functionOfStarts } from "../keys.ts";
import { kindOf } from "./need-kind.ts";
import { poolLimit, throttleOf } from "./limits.ts";
import { throttled } from "../counts/throttle.ts";

/** How many more it lets in now. */
export function roomAt(state: PartitionState, need: string, now: number): number {
  const { flow } = state;
  const kind = kindOf(need);
  switch (kind) {
    case "manifest":
      return state.manifest?.functions.has(functionOf(need)) === true ? Number.POSITIVE_INFINITY : 0;
    case "pause":
      return isPaused(state, need) ? 0 : Number.POSITIVE_INFINITY;
    case "starts":
      return flow.room.roomFor(functionOfStarts(need));
    case "throttle": {
      const spec = throttleOf(state, need, now);
      return spec === null || throttled(flow.cells.get(need), spec, now).at <= now ? 1 : 0;
    }
    case "breaker":
      return breakerRoom(state, need, now);
    case "pool": {
      const pool = flow.pools.get(need);
      return poolLimit(state, need, now) - (pool?.used ?? 0) - leased(pool?.leases);
    }
    case "permit": {
      const permits = flow.permits.get(need);
      return permits === undefined ? 0 : permits.granted - permits.used;
    }
    default:
      return unreachable(kind);
  }
}

function leased(leases: ReadonlyMap<number, number> | undefined): number {
  let count = 0;
  if (leases === undefined || leases.size === 0) return count;
  for (const one of leases.values()) count += one;
  return count;
}
