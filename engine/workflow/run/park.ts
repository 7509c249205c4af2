// The code asks for other steps than those recorded. Nothing is guessed: the run waits, with the difference shown.
import type { RunId } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { RunParked, RunUnparked } from "../records.ts";
import { RUNNING, type PartitionState } from "../state.ts";
import { returnAllSlots } from "../flow/limits/slots.ts";
import { NEVER, noteProgress } from "./suspicion.ts";

export interface ParkRun {
  readonly type: "ParkRun";
  readonly run: RunId;
  readonly difference: string;
}

/** A parked run's code was called again, and asked for what is recorded. */
export interface UnparkRun {
  readonly type: "UnparkRun";
  readonly run: RunId;
}

export function evolveRunParked(state: PartitionState, record: RunParked): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  run.status = { status: "parked", difference: record.difference };
  run.exposed = NEVER;
  returnAllSlots(state, run);
  noteProgress(run);
}

export function evolveRunUnparked(state: PartitionState, record: RunUnparked): void {
  const run = state.runs.get(record.run);
  if (run !== undefined) run.status = RUNNING;
}

export function decideParkRun(state: PartitionState, input: ParkRun): Decision {
  const run = state.runs.get(input.run);
  if (run === undefined) return ignored("run is over");
  // It was called again, and has a slot for that, or asks for some: they go back.
  const holds = run.flow !== null && (run.flow.slots > 0 || run.flow.asks.length > 0);
  if (run.status.status === "parked" && run.status.difference === input.difference && !holds) return ignored("already parked for this");
  return decided({ type: "RunParked", run: input.run, difference: input.difference });
}

export function decideUnparkRun(state: PartitionState, input: UnparkRun): Decision {
  if (state.runs.get(input.run)?.status.status !== "parked") return ignored("run is not parked");
  return decided({ type: "RunUnparked", run: input.run });
}
