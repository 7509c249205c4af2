// What policies count: one cell a value of their key. The policy says what it is from now on; nothing is computed when it is folded.
import { decided, ignored, type Decision } from "../decision.ts";
import type { CellSet, CellsForgotten } from "../records.ts";
import type { PartitionState } from "../state.ts";
import type { FlowCell } from "./state.ts";

/** What these say is no more than their absence. */
export interface ForgetCells {
  readonly type: "ForgetCells";
  readonly keys: readonly string[];
}

export function cellSet(key: string, { kind, until, numbers, text }: FlowCell): CellSet {
  return { type: "CellSet", key, kind, until, numbers, text };
}

export function evolveCellSet(state: PartitionState, { key, kind, until, numbers, text }: CellSet): void {
  state.watcher?.flow(`flow/cell/${key}`);
  state.flow.cells.set(key, { kind, until, numbers, text });
  if (kind === "override") state.timers.push({ kind: "flow", at: until, key });
  freed(state, key, kind);
}

export function evolveCellsForgotten(state: PartitionState, { keys }: CellsForgotten): void {
  for (const key of keys) {
    const cell = state.flow.cells.get(key);
    if (cell === undefined) continue;
    state.watcher?.flow(`flow/cell/${key}`);
    state.flow.cells.delete(key);
    freed(state, key, cell.kind);
  }
}

export function decideForgetCells(state: PartitionState, { keys }: ForgetCells, now: number): Decision {
  const over = keys.filter((key) => (state.flow.cells.get(key)?.until ?? Number.POSITIVE_INFINITY) <= now);
  return over.length === 0 ? ignored("they still say something") : decided({ type: "CellsForgotten", keys: over });
}

/** Limits that people changed count for all lines of a function. */
function freed(state: PartitionState, key: string, kind: FlowCell["kind"]): void {
  if (kind === "override") state.flow.waiting.freedAll();
  else state.flow.waiting.freed(key);
}
