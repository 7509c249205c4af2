// People stop a function from starting runs. Events that trigger it meanwhile wait, or are skipped, as they said. Every partition is told.
import { decided, ignored, type Decision } from "../../decision.ts";
import type { PauseFunction } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { pauseKey } from "../keys.ts";

/** For good: people end it. */
const FOREVER = 2 ** 52;

export function decidePauseFunction(state: PartitionState, { functionId, events }: PauseFunction): Decision {
  const key = pauseKey(functionId);
  if (events === (state.flow.cells.get(key)?.text ?? null)) return ignored("it is so already");
  return decided(
    events === null
      ? { type: "CellsForgotten", keys: [key] }
      : { type: "CellSet", key, kind: "pause", until: FOREVER, numbers: [], text: events },
  );
}

export function isPaused(state: PartitionState, key: string): boolean {
  return state.flow.cells.size > 0 && state.flow.cells.has(key);
}

/** What becomes of its events; null where it is not paused. */
export function pauseOf(state: PartitionState, functionId: string): "keep" | "skip" | null {
  if (state.flow.cells.size === 0) return null;
  const text = state.flow.cells.get(pauseKey(functionId))?.text ?? null;
  return text === "skip" || text === null ? text : "keep";
}
