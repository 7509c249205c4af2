// Taking and giving back what steps hold while they execute: slots of pools that are here, permits of limits that are elsewhere.
import type { PartitionState } from "../../state.ts";
import { isHeld, kindOf } from "./need-kind.ts";
import type { PermitState, PoolState } from "../state.ts";

export function take(state: PartitionState, needs: readonly string[], count: number): void {
  for (const need of needs) {
    if (!isHeld(need)) continue;
    held(state, need).used += count;
  }
}

export function giveBack(state: PartitionState, needs: readonly string[], count: number): void {
  if (count === 0) return;
  for (const need of needs) {
    if (!isHeld(need)) continue;
    const one = held(state, need);
    one.used = Math.max(one.used - count, 0);
    dropIfEmpty(state, need);
    // What others want goes back to them before anybody here has it again.
    if (state.flow.permits.get(need)?.recalled === true) state.flow.waiting.review(need, true);
    else state.flow.waiting.freed(need);
  }
}

/** To be changed. */
export function poolToChange(state: PartitionState, pool: string): PoolState {
  state.watcher?.flow(`flow/pool/${pool}`);
  let found = state.flow.pools.get(pool);
  if (found === undefined) state.flow.pools.set(pool, (found = { used: 0, leases: new Map(), wants: new Map() }));
  return found;
}

/** To be changed. */
export function permitsToChange(state: PartitionState, need: string): PermitState {
  state.watcher?.flow(`flow/permits/${need}`);
  let found = state.flow.permits.get(need);
  if (found === undefined) state.flow.permits.set(need, (found = { granted: 0, used: 0, wanted: 0, recalled: false }));
  return found;
}

/** What says no more than its absence is forgotten. */
export function dropIfEmpty(state: PartitionState, need: string): void {
  const { pools, permits, waiting } = state.flow;
  const pool = pools.get(need);
  const isEmptyPool = pool !== undefined && pool.used === 0 && pool.leases.size === 0 && pool.wants.size === 0;
  if (isEmptyPool) pools.delete(need);
  const permit = permits.get(need);
  const isEmptyPermit = permit !== undefined && permit.used === 0 && permit.granted === 0 && permit.wanted === 0;
  if (isEmptyPermit) permits.delete(need);
  if (isEmptyPool || isEmptyPermit) waiting.dropped(need);
}

function held(state: PartitionState, need: string): { used: number } {
  return kindOf(need) === "permit" ? permitsToChange(state, need) : poolToChange(state, need);
}
