// Which runs an owner may have died of: those whose code may have been running when it ended without a word (DESIGN §6, interruptions). They
// are called again a group at a time, the more suspicious the later and the fewer, at last alone. Whatever a run's code says clears it.
import { assert } from "../../core/errors.ts";
import type { RunId } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { JournalRecord, LaneEntered, LaneLeft, RunsRested, RunsResumed } from "../records.ts";
import { returnAllSlots } from "../flow/limits/slots.ts";
import type { PartitionState, RunState } from "../state.ts";

/** So many of those that one owner died with are called together at least; half as many of those that two did, and so on. */
const MAX_GROUP = 64;
/** From here on a suspect is called alone. */
export const LONE_SUSPICION = 7;
/** Whom so many owners died with while it was called alone is called no more. */
export const MAX_LANES = 3;

/** How many runs of this suspicion are called together. `waiting`: of so many; where they are many, groups are larger, not more. */
export function groupSize(suspicion: number, waiting: number): number {
  if (suspicion >= LONE_SUSPICION) return 1;
  return Math.max(MAX_GROUP >> Math.max(suspicion - 1, 0), Math.ceil(waiting / 2 ** (suspicion + 2)));
}

/** Part of evolving whatever a run's code said. */
export function noteProgress(run: RunState): void {
  run.suspicion = 0;
  run.lanes = 0;
  run.alone = false;
}

/** Its code is called under the owner in force, or may be. */
export function expose(state: PartitionState, run: RunState): void {
  run.exposed = state.owner?.epoch ?? NEVER;
}

/** Something came for it, which is no word of its code: a suspect is called when it is its turn, and is not before. */
export function exposeWoken(state: PartitionState, run: RunState): void {
  if (run.suspicion === 0) expose(state, run);
}

/** No epoch. */
export const NEVER = -1;

export function isExposed(state: PartitionState, run: Pick<RunState, "exposed">): boolean {
  return run.exposed !== NEVER && run.exposed === state.owner?.epoch;
}

/**
 * A claim of `worker` counts. Where the owner before had its last word, nothing was running; where it is in the same process, nobody died.
 */
export function isOwnerLost({ owner, farewell }: PartitionState, worker: string): boolean {
  return owner !== null && owner.worker !== worker && farewell?.kind !== "released";
}

/** Who said that it goes and was not waited for any longer may have died or not: nobody is called no more for that. */
export function evolveOwnerReplaced(state: PartitionState): void {
  for (const id of state.runs.having("exposed")) {
    const run = state.runs.get(id);
    if (run !== undefined && isExposed(state, run)) {
      state.watcher?.run(id, null);
      run.suspicion += 1;
      if (run.alone && state.farewell === null) run.lanes += 1;
      run.alone = false;
    }
    state.runs.settle();
  }
}

export function evolveRunsResumed(state: PartitionState, { runs }: RunsResumed): void {
  for (const id of runs) {
    const run = state.runs.get(id);
    if (run === undefined) continue;
    run.alone = false;
    expose(state, run);
  }
}

export function evolveLaneEntered(state: PartitionState, { run: id }: LaneEntered): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  run.alone = true;
  expose(state, run);
}

/** It outlived being alone: only deaths in a row count. */
export function evolveLaneLeft(state: PartitionState, { run: id }: LaneLeft): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  run.alone = false;
  run.lanes = 0;
}

export function evolveRunsRested(state: PartitionState, { runs }: RunsRested): void {
  for (const id of runs) {
    const run = state.runs.get(id);
    if (run === undefined) continue;
    run.exposed = NEVER;
    noteProgress(run);
    returnAllSlots(state, run);
  }
}

/** The code of these runs, of an earlier owner, is to be called; `alone` where a run is to be the only one. */
export interface ResumeRuns {
  readonly type: "ResumeRuns";
  readonly runs: readonly RunId[];
  readonly alone: boolean;
}

/** A run has been called alone for long enough. */
export interface LeaveLane {
  readonly type: "LeaveLane";
  readonly run: RunId;
}

/** The code of these runs does nothing any more, and had nothing to record. */
export interface RestRuns {
  readonly type: "RestRuns";
  readonly runs: readonly RunId[];
}

export function decideResumeRuns(state: PartitionState, { runs, alone }: ResumeRuns): Decision {
  const open = runs.filter((id) => state.runs.has(id));
  const [first] = open;
  if (first === undefined) return ignored("they are over");
  assert(!alone || runs.length === 1, "one run at a time is called alone");
  const record: JournalRecord = alone ? { type: "LaneEntered", run: first } : { type: "RunsResumed", runs: open };
  return decided(record);
}

export function decideLeaveLane(state: PartitionState, { run: id }: LeaveLane): Decision {
  if (state.runs.get(id)?.alone !== true) return ignored("the run is not called alone");
  return decided({ type: "LaneLeft", run: id });
}

export function decideRestRuns(state: PartitionState, { runs }: RestRuns): Decision {
  const exposed = runs.filter((id) => {
    const run = state.runs.get(id);
    return run !== undefined && isExposed(state, run);
  });
  return exposed.length === 0 ? ignored("no owner would die of them") : decided({ type: "RunsRested", runs: exposed });
}
