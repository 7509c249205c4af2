// What was changed since the last pass over the state began.
import type { RunId, StepKey } from "../../core/ids.ts";
import { keyedCells } from "../../workflow/image/keyed-cells.ts";
import type { PartitionState } from "../../workflow/state.ts";
import { waitKey } from "../../workflow/wait/wait-table.ts";

export interface Place {
  readonly run: RunId;
  readonly step: StepKey;
}

export class Changed {
  /** With those of their steps that were; null for all. */
  readonly runs = new Map<RunId, Set<StepKey> | null>();
  /** Runs that were in the image and are over, with the steps that have cells of their own there. */
  readonly ended = new Map<RunId, readonly StepKey[]>();
  readonly waits = new Map<string, Place>();
  readonly kept = new Set<number>();
  /** Keys of cells. */
  readonly flow = new Set<string>();

  /** Of a run whose steps have cells of their own. */
  step(id: RunId, step: StepKey | null): void {
    let steps = this.runs.get(id);
    if (steps === null) return;
    if (steps === undefined) this.runs.set(id, (steps = new Set()));
    if (step !== null) steps.add(step);
  }

  /** Everything that is there. */
  addAll(state: PartitionState): void {
    const { runs, waits } = state;
    for (const id of runs.keys()) this.runs.set(id, null);
    for (const { run, step } of waits.values()) this.wait(run, step);
    for (const key of keyedCells(state)) this.flow.add(key);
  }

  wait(run: RunId, step: StepKey): void {
    this.waits.set(waitKey(run, step), { run, step });
  }
}
