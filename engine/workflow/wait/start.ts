// A run asks to be told of an event. The partition of the value that it waits for decides: events of that value come there (DESIGN §7).
import { returnAllSlots } from "../flow/limits/slots.ts";
import type { RunId, StepKey } from "../../core/ids.ts";
import { decidedAndTold, ignored, type Decision } from "../decision.ts";
import type { WaitStarted } from "../records.ts";
import { endBackOff } from "../run/attempt.ts";
import { tooManySteps } from "../run/limits.ts";
import { noteProgress } from "../run/suspicion.ts";
import type { PartitionState } from "../state.ts";
import { arbiterOf } from "./arbiter.ts";
import { interestIn, sinceOf } from "./since.ts";

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
  const { to, event, interest, since, deadline } = record;
  run.steps.set(record.step, { status: "waiting", to, event, interest, since, deadline });
  endBackOff(run);
  noteProgress(run);
  run.resting = record.resting;
  if (record.resting) returnAllSlots(state, run);
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
  const { from, since, knownSince, excluded } = sinceOf(run, input);
  const place = { run: input.run, step: input.step };
  return decidedAndTold(
    [{ type: "WaitStarted", ...place, event, to, interest: interestIn(input), since: from, deadline, resting }],
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
          knownSince,
          deadline,
          excluded,
          purpose,
          replaces,
        },
      },
    ],
  );
}
