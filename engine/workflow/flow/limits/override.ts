// People change a function's limits for a time, in an incident. Then they are as declared again, by themselves.
import { decided, ignored, type Decision } from "../../decision.ts";
import type { OverrideFlow } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { overrideKey } from "../keys.ts";

export function decideOverrideFlow(state: PartitionState, { functionId, limits, until }: OverrideFlow): Decision {
  const key = overrideKey(functionId);
  if (limits === null) return state.flow.cells.has(key) ? decided({ type: "CellsForgotten", keys: [key] }) : ignored("nothing is changed");
  return decided({ type: "CellSet", key, kind: "override", until, numbers: [], text: limits });
}
