// What folded state wants to be looked at, and when: all of it, from the runs themselves.
import { unreachable } from "../../core/errors.ts";
import { NO_TIME } from "../flow/held.ts";
import { overrideKey } from "../flow/keys.ts";
import type { SeenRun } from "../run/run-marks.ts";
import type { PartitionState, StepState } from "../state.ts";
import type { Timer } from "./timer-heap.ts";

export function* timersOf(state: PartitionState): Iterable<Timer> {
  yield* state.runs.timers();
  for (const { run, step, deadline } of state.waits.values()) if (deadline !== null) yield { kind: "wait", at: deadline, run, step };
  for (const [key, { due }] of state.flow.held) if (due !== NO_TIME) yield { kind: "flow", at: due, key };
  for (const key of state.flow.spreads.keys()) yield { kind: "flow", at: state.time, key };
  yield* overrides(state);
  // Nobody else knows of these: they are in no record.
  for (const [key, at] of state.flow.waiting.armed()) yield { kind: "flow", at, key };
  for (const { run, startBy } of state.flow.rows.startingBy()) yield { kind: "run", at: startBy, run };
  for (const { functionId, cron, next, delayMs } of state.crons.values()) yield { kind: "cron", at: next + delayMs, functionId, cron };
}

/** How many `timersOf` gives at the most, without going through them. */
export function countTimers(state: PartitionState): number {
  const { held, rows, waiting } = state.flow;
  return (
    state.runs.timerCount() +
    state.waits.size +
    state.crons.size +
    held.size +
    rows.size +
    waiting.armedCount +
    [...overrides(state)].length
  );
}

function* overrides({ manifest, flow: { cells } }: PartitionState): Iterable<Timer> {
  for (const functionId of manifest?.functions.keys() ?? []) {
    const key = overrideKey(functionId);
    const override = cells.get(key);
    if (override !== undefined) yield { kind: "flow", at: override.until, key };
  }
}

export function* timersOfRun(run: SeenRun): Iterable<Timer> {
  if (run.status.status === "backing-off") yield { kind: "run", at: run.status.retryAt, run: run.id };
  if (run.startBy !== null) yield { kind: "run", at: run.startBy, run: run.id };
  if (run.finishBy !== null) yield { kind: "run", at: run.finishBy, run: run.id };
  for (const [step, outcome] of run.steps) {
    const at = dueAt(outcome);
    if (at !== null) yield { kind: "step", at, run: run.id, step };
  }
}

function dueAt(step: StepState): number | null {
  switch (step.status) {
    case "sleeping":
      return step.wakeAt;
    case "retrying":
      return step.retryAt;
    case "invoking":
      return step.deadline;
    // Its wait is a cell of its own, where it is decided.
    case "waiting":
    case "completed":
    case "failed":
    case "slept":
    case "resolved":
    case "iterating":
    case "cancelled":
      return null;
    default:
      return unreachable(step);
  }
}
