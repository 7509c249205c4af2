// Which runs an owner may have died of: those whose code may have been running when it ended without a word (DESIGN §6, interruptions).
// Whatever a run records clears it.
import { assert } from "../../core/errors.ts";
import type { RunId } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { JournalRecord, LaneEntered, RunsResumed } from "../records.ts";
import type { PartitionState, RunState } from "../state.ts";

/** Part of evolving whatever a run's code said. */
export function noteProgress(run: RunState): void {
  run.suspicion = 0;
  run.lanes = 0;
}

/** Its code is called under the owner in force, or may be. */
export function expose(state: PartitionState, run: RunState): void {
  run.exposed = state.owner?.epoch ?? NEVER;
}

/** No epoch. */
export const NEVER = -1;

export function isExposed(state: PartitionState, run: Pick<RunState, "exposed">): boolean {
  return run.exposed !== NEVER && run.exposed === state.owner?.epoch;
}

/** A claim counts. `isReleased`: the owner before had its last word, so nothing was running. */
export function evolveOwnerReplaced(state: PartitionState, isReleased: boolean): void {
  if (isReleased) return;
  for (const id of state.runs.having("exposed")) {
    const run = state.runs.get(id);
    if (run !== undefined && isExposed(state, run)) {
      state.watcher?.run(id, null);
      run.suspicion += 1;
    }
    state.runs.settle();
  }
}

export function evolveRunsResumed(state: PartitionState, { runs }: RunsResumed): void {
  for (const id of runs) {
    const run = state.runs.get(id);
    if (run !== undefined) expose(state, run);
  }
}

export function evolveLaneEntered(state: PartitionState, { run: id }: LaneEntered): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  run.lanes += 1;
  expose(state, run);
}

/** The code of these runs, of an earlier owner, is to be called; `alone` where a run is to be the only one. */
export interface ResumeRuns {
  readonly type: "ResumeRuns";
  readonly runs: readonly RunId[];
  readonly alone: boolean;
}

export function decideResumeRuns(state: PartitionState, { runs, alone }: ResumeRuns): Decision {
  const open = runs.filter((id) => state.runs.has(id));
  const [first] = open;
  if (first === undefined) return ignored("they are over");
  assert(!alone || runs.length === 1, "one run at a time is called alone");
  const record: JournalRecord = alone ? { type: "LaneEntered", run: first } : { type: "RunsResumed", runs: open };
  return decided(record);
}
