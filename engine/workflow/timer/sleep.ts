// A run asks to be left alone until a time.
import { returnAllSlots } from "../flow/limits/slots.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import type { SleepEnded, SleepStarted } from "../records.ts";
import { endBackOff } from "../run/attempt.ts";
import { tooManySteps } from "../run/limits.ts";
import { noteOutcome } from "../run/outcome.ts";
import { exposeWoken, noteProgress } from "../run/suspicion.ts";
import type { PartitionState } from "../state.ts";

export interface StartSleep {
  readonly type: "StartSleep";
  readonly run: RunId;
  readonly step: StepKey;
  /** Exactly one of the two is given. */
  readonly wakeAt: number | null;
  readonly durationMs: number | null;
  readonly resting: boolean;
}

export function evolveSleepStarted(state: PartitionState, record: SleepStarted): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  run.steps.set(record.step, { status: "sleeping", wakeAt: record.wakeAt });
  endBackOff(run);
  noteProgress(run);
  run.resting = record.resting;
  if (record.resting) returnAllSlots(state, run);
  state.timers.push({ kind: "step", at: record.wakeAt, run: record.run, step: record.step });
}

export function evolveSleepEnded(state: PartitionState, record: SleepEnded, time: number): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  const sleeping = run.steps.get(record.step);
  // Its end is when it was to end, however late its owner was.
  run.mark = sleeping?.status === "sleeping" ? Math.max(sleeping.wakeAt, run.event.appendedAt) : time;
  run.steps.set(record.step, { status: "slept", order: noteOutcome(state, run, time), mark: run.mark });
  run.resting = false;
  exposeWoken(state, run);
}

export function decideStartSleep(state: PartitionState, input: StartSleep, now: number): Decision {
  const run = state.runs.get(input.run);
  if (run === undefined) return ignored("run is over");
  if (run.steps.has(input.step)) return ignored("step is already decided");
  const refused = tooManySteps(state, run, input.step, now);
  if (refused !== null) return refused;
  const wakeAt = input.wakeAt ?? now + (input.durationMs ?? 0);
  return decided({ type: "SleepStarted", run: input.run, step: input.step, wakeAt, resting: input.resting });
}

export function decideWake(state: PartitionState, runId: RunId, step: StepKey, now: number): Decision {
  const sleeping = state.runs.get(runId)?.steps.get(step);
  if (sleeping?.status !== "sleeping") return ignored("step does not sleep");
  if (now < sleeping.wakeAt) return ignored("too early");
  return decided({ type: "SleepEnded", run: runId, step });
}
