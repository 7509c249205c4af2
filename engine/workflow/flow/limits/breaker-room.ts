// A breaker as a need: it lets everybody in while it is closed, one at a time while it tries, and nobody while it is open.
import type { CellSet } from "../../records.ts";
import { cellSet } from "../cells.ts";
import type { PartitionState, RunState } from "../../state.ts";
import { noted, stateOf } from "../counts/breaker.ts";
import { breakerOf } from "./limits.ts";
import { kindOf } from "./need-kind.ts";

/** Below 0 where steps execute that should not: they began before. */
export function breakerRoom(state: PartitionState, key: string, now: number): number {
  const spec = breakerOf(state, key);
  if (spec === null) return Number.POSITIVE_INFINITY;
  const used = state.flow.pools.get(key)?.used ?? 0;
  switch (stateOf(state.flow.cells.get(key), spec, now)) {
    case "closed":
      return Number.POSITIVE_INFINITY;
    case "open":
      return -used;
    case "half-open":
      return 1 - used;
  }
}

/** An attempt of one of the run's steps ended. */
export function breakerNotes(state: PartitionState, run: RunState, now: number, failed: boolean): readonly CellSet[] {
  if (run.flow === null) return [];
  const key = run.flow.needs.find((need) => kindOf(need) === "breaker");
  const spec = key === undefined ? null : breakerOf(state, key);
  if (key === undefined || spec === null) return [];
  const cell = noted(state.flow.cells.get(key), spec, now, failed);
  return cell === null ? [] : [cellSet(key, cell)];
}

/** It is this attempt that opens the breaker. */
export function isBreakerOpening(state: PartitionState, note: CellSet, now: number): boolean {
  const spec = breakerOf(state, note.key);
  return spec !== null && stateOf(note, spec, now) === "open";
}

/** The function returned or threw: that counts as an attempt where it has no steps, whose attempts count by themselves. */
export function breakerNotesOfBody(state: PartitionState, run: RunState, now: number, failed: boolean): readonly CellSet[] {
  return run.steps.size === 0 ? breakerNotes(state, run, now, failed) : [];
}
