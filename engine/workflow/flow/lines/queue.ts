// A run joins a line, and leaves it: it starts, goes on to its next gate, or is cancelled.
import type { RunId } from "../../../core/ids.ts";
import type { RunQueued, RunUnqueued } from "../../records.ts";
import type { PartitionState } from "../../state.ts";
import { bucketKey } from "./row-bucket.ts";

/** The frame that is folded holds its events: they are read back from there. */
export function evolveRunQueued(state: PartitionState, record: RunQueued): void {
  const { rows, waiting } = state.flow;
  const { run, functionId, gate, parent, needs, share, weight, score, startBy, singleton, cancels } = record;
  if (rows.has(run)) return;
  const number = state.flow.next++;
  state.watcher?.flow(bucketKey(number));
  const line = rows.add({
    run,
    functionId,
    gate,
    parent,
    needs,
    share,
    weight,
    score,
    number,
    startBy,
    singleton,
    cancels,
    lsn: state.lsn,
  });
  if (startBy !== null) state.timers.push({ kind: "run", at: startBy, run });
  if (line.head?.run === run) waiting.lineChanged(line);
}

export function evolveRunUnqueued(state: PartitionState, { run }: RunUnqueued): void {
  leaveLine(state, run);
}

/** Part of evolving whatever takes a run out of its line. */
export function leaveLine(state: PartitionState, run: RunId): void {
  const { rows, waiting } = state.flow;
  if (rows.size === 0) return;
  const row = rows.get(run);
  if (row === undefined) return;
  state.watcher?.flow(bucketKey(row.number));
  const line = rows.remove(run);
  if (line !== undefined) waiting.lineChanged(line);
}
