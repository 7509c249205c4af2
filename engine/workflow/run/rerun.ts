// A run repeats another from a step on: what came before is taken over and not computed again (R2). It is a run of its own, in the partition of
// the original, and knows what that had sent, so that nothing is told twice.
import type { RunId, StepKey } from "../../core/ids.ts";
import { decided, ignored, type Decision } from "../decision.ts";
import { factsOf } from "../expression/event-facts.ts";
import { cellSet } from "../flow/cells.ts";
import { rerunKey } from "../flow/keys.ts";
import { needsOf } from "../flow/limits/home-needs.ts";
import { isHeld } from "../flow/limits/need-kind.ts";
import type { JournalRecord, RerunRun, RerunStarted, StepAdopted, TriggerEvent } from "../records.ts";
import type { PartitionState, StepState } from "../state.ts";
import { isSettled } from "../step/complete.ts";
import { triggerOf } from "../wait/seen.ts";
import { noteOutcome } from "./outcome.ts";
import { EMIT_POLICIES, type EmitPolicy, type EmittedBySteps } from "./rerun-state.ts";

/** What a step came to, as it is taken over: its place in the order follows from that of its record. */
export type AdoptedOutcome = OutcomeOf<SettledStep> | { readonly status: "cancelled" };
type SettledStep = Extract<StepState, { readonly order: number }>;
type OutcomeOf<Step> = Step extends SettledStep ? Omit<Step, "order"> : never;

export type AdoptedSteps = readonly (readonly [step: StepKey, outcome: AdoptedOutcome])[];

/** The same command, given again within this time, makes no second run. */
const REMEMBERED_MS = 30 * 24 * 60 * 60_000;

export function evolveRerunStarted(state: PartitionState, record: RerunStarted): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  const { original, operation, emit, emitted, needs } = record;
  run.rerun = { original, operation, emit: emit as EmitPolicy, emitted: JSON.parse(emitted) as EmittedBySteps };
  // It asks for its first slot like a run that wakes: nobody who stands in line for one is passed by.
  if (needs.length > 0) run.flow = { needs, slots: 0, asks: [], singleton: null, batch: run.flow?.batch ?? [] };
}

export function evolveStepAdopted(state: PartitionState, { run: id, step, outcome }: StepAdopted, time: number): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  const adopted = JSON.parse(outcome) as AdoptedOutcome;
  if (adopted.status === "cancelled") {
    run.steps.set(step, adopted);
    return;
  }
  run.steps.set(step, { ...adopted, order: noteOutcome(state, run, time) });
  if (adopted.mark !== undefined) run.mark = adopted.mark;
}

export function decideRerunRun(state: PartitionState, command: RerunRun, now: number): Decision {
  const { run: id, original, operation, functionId, emit } = command;
  const key = rerunKey(original, operation);
  if (state.runs.has(id) || state.flow.cells.has(key)) return ignored("this operation repeats it already");
  const steps = stepsOf(command.steps);
  const [event, ...batch] = command.events.map(triggerOf);
  if (event === undefined || steps === null || !isObject(command.emitted) || !EMIT_POLICIES.some((policy) => policy === emit))
    return ignored("it is no command of ours");
  const spec = state.manifest?.functions.get(functionId);
  if (spec === undefined) return decided(skipped(command, event, `there is no function "${functionId}" in the code that is deployed`));
  const finishMs = spec.timeouts?.finishMs;
  const needs = spec.flow === undefined ? [] : needsOf(state, entering(id, functionId, event, batch), spec.flow, factsOf(event));
  const records: JournalRecord[] = [
    {
      type: "RunsStarted",
      event,
      // Its times count from now. Nothing watches for what would have cancelled the original.
      runs: [
        {
          id,
          functionId,
          parent: null,
          startBy: null,
          finishBy: finishMs === undefined ? null : now + finishMs,
          cancels: [],
          needs: [],
          singleton: null,
        },
      ],
      batch,
    },
    { type: "RerunStarted", run: id, original, operation, emit, emitted: command.emitted, needs: needs.filter(isHeld) },
    ...steps.map(([step, outcome]): JournalRecord => ({ type: "StepAdopted", run: id, step, outcome: JSON.stringify(outcome) })),
    cellSet(key, { kind: "rerun", until: now + REMEMBERED_MS, numbers: [], text: id }),
  ];
  return decided(...records);
}

function entering(run: RunId, functionId: string, event: TriggerEvent, batch: readonly TriggerEvent[]) {
  return { functionId, run, events: [event, ...batch], parent: null, singleton: null } as const;
}

function skipped({ run, functionId }: RerunRun, event: TriggerEvent, reason: string): JournalRecord {
  const { id: eventId, topic, partition, offset } = event;
  return { type: "RunSkipped", run, functionId, gate: "rerun", reason, eventId, topic, partition, offset };
}

/** Null where it is none that `rerunCommand` makes: anybody may write to an inbox. */
function stepsOf(text: string): AdoptedSteps | null {
  try {
    const steps = JSON.parse(text) as AdoptedSteps;
    const isWhole = steps.every(([step, outcome]) => typeof step === "string" && isSettled(outcome as StepState | undefined));
    return isWhole ? steps : null;
  } catch {
    return null;
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
