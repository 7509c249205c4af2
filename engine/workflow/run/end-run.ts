// A run is over: its cells are dropped, and what it held goes back to those that share it.
import type { RunId } from "../../core/ids.ts";
import { returnAllSlots } from "../flow/limits/slots.ts";
import type { PartitionState } from "../state.ts";

export function endRun(state: PartitionState, id: RunId): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  if (run.flow !== null) returnAllSlots(state, run);
  state.runs.delete(id);
}
