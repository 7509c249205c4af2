// A run asks to be told of an event. The partition of the value that it waits for decides: events of that value come there (DESIGN §7).
import type { RunId, StepKey } from "../../core/ids.ts";
import { decidedAndTold, ignored, type Decision } from "../decision.ts";
import { originOf } from "../event/origin.ts";
import type { WaitStarted } from "../records.ts";
import { endBackOff } from "../run/attempt.ts";
import { tooManySteps } from "../run/limits.ts";
import { noteProgress } from "../run/suspicion.ts";
import type { PartitionState, RunState } from "../state.ts";
import { arbiterOf } from "./arbiter.ts";

/** Events may have been stamped by another clock, and before what provoked them was told. */
export const SINCE_SLACK_MS = 2_000;

export interface StartWait {
  readonly type: "StartWait";
  readonly run: RunId;
  readonly step: StepKey;
  /** The step that it follows, by its own branch of the code; null for the run's beginning. None: the run's last outcome. */
  readonly after?: StepKey | null;
  readonly event: string;
  /** Empty: nothing is compared. */
  readonly path: string;
  /** Empty with a path: no event can match. */
  readonly value: string;
  readonly condition: string | null;
  readonly bindings: string | null;
  readonly timeoutMs: number | null;
  readonly lookbackMs: number;
  readonly purpose: "step" | "signal";
  /** Of a signal: ends the wait that is there; else this one fails. */
  readonly replaces: boolean;
  readonly resting: boolean;
}

export function evolveWaitStarted(state: PartitionState, record: WaitStarted): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  const { to, event, deadline } = record;
  run.steps.set(record.step, { status: "waiting", to, event, deadline });
  endBackOff(run);
  noteProgress(run);
  run.resting = record.resting;
}

export function decideStartWait(state: PartitionState, input: StartWait, now: number): Decision {
  const run = state.runs.get(input.run);
  if (run === undefined) return ignored("run is over");
  if (run.steps.has(input.step)) return ignored("step is already decided");
  const refused = tooManySteps(state, run, input.step, now);
  if (refused !== null) return refused;
  const { event, path, value, condition, bindings, purpose, replaces, resting } = input;
  const to = arbiterOf(state.partitions, event, value);
  const deadline = input.timeoutMs === null ? null : now + input.timeoutMs;
  const since = markOf(run, input.after) - input.lookbackMs;
  const place = { run: input.run, step: input.step };
  return decidedAndTold(
    [{ type: "WaitStarted", ...place, event, to, deadline, resting }],
    [
      {
        to,
        body: {
          type: "RegisterWait",
          ...place,
          event,
          path,
          value,
          condition,
          bindings,
          since,
          deadline,
          excluded: seenBefore(run, since),
          purpose,
          replaces,
        },
      },
    ],
  );
}

/** Branches side by side have outcomes between a step and the wait that follows it: what that step provoked came before them. */
function markOf(run: RunState, after: StepKey | null | undefined): number {
  if (after === undefined) return run.mark;
  if (after === null) return run.event.appendedAt;
  const step = run.steps.get(after);
  return step !== undefined && "mark" in step ? (step.mark ?? run.mark) : run.mark;
}

/** What began the run, and what it waited for before, does not count again: so a loop of waits gets on. */
function seenBefore(run: RunState, since: number): readonly string[] {
  const origins = [originOf(run.event)];
  for (const step of run.steps.values()) {
    if (step.status === "resolved" && step.event !== null && step.event.appendedAt >= since - SINCE_SLACK_MS)
      origins.push(originOf(step.event));
  }
  return origins;
}
