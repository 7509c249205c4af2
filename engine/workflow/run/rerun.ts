// A run repeats another from a step on: what came before is taken over and not computed again (R2). It is a run of its own, in the partition of
// the original, and knows what that had sent, so that nothing is told twice.
import type { RunId } from "../../core/ids.ts";
import { decided, decidedAndTold, ignored, type Decision, type Message } from "../decision.ts";
import { factsOf } from "../expression/event-facts.ts";
import { cellSet } from "../flow/cells.ts";
import { rerunKey } from "../flow/keys.ts";
import { needsOf } from "../flow/limits/home-needs.ts";
import { isHeld } from "../flow/limits/need-kind.ts";
import type { JournalRecord, RerunRun, RerunStarted, StepAdopted, TriggerEvent } from "../records.ts";
import type { PartitionState } from "../state.ts";
import { triggerOf } from "../wait/seen.ts";
import { decideCancelRun } from "./cancel.ts";
import { noteOutcome } from "./outcome.ts";
import { readAdopted, readEmitted, readWaits, type AdoptedOutcome } from "./rerun-command.ts";
import { EMIT_POLICIES, type EmitPolicy, type EmittedBySteps, type WaitsBySteps } from "./rerun-state.ts";

/** The same command, given again within this time, makes no second run. */
const REMEMBERED_MS = 30 * 24 * 60 * 60_000;

export function evolveRerunStarted(state: PartitionState, record: RerunStarted): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  const { original, operation, emit, emitted, waits, needs } = record;
  run.rerun = {
    original,
    operation,
    emit: emit as EmitPolicy,
    emitted: JSON.parse(emitted) as EmittedBySteps,
    waits: JSON.parse(waits) as WaitsBySteps,
  };
  // It asks for its first slot like a run that wakes: nobody who stands in line for one is passed by.
  if (needs.length > 0) run.flow = { needs, slots: 0, asks: [], singleton: null, batch: run.flow?.batch ?? [] };
}

export function evolveStepAdopted(state: PartitionState, { run: id, step, outcome }: StepAdopted, time: number): void {
  const run = state.runs.get(id);
  if (run === undefined) return;
  const told = JSON.parse(outcome) as AdoptedOutcome;
  if (told.status === "cancelled") {
    run.steps.set(step, told);
    return;
  }
  const { edited: _, ...adopted } = told;
  run.steps.set(step, { ...adopted, order: noteOutcome(state, run, time) });
  if (adopted.mark !== undefined) run.mark = adopted.mark;
}

export function decideRerunRun(state: PartitionState, command: RerunRun, now: number): Decision {
  const { run: id, original, operation, functionId, emit } = command;
  const key = rerunKey(original, operation);
  if (state.runs.has(id) || state.flow.cells.has(key)) return ignored("this operation repeats it already");
  const steps = readAdopted(command.steps);
  const [event, ...batch] = command.events.map(triggerOf);
  const isOurs =
    EMIT_POLICIES.some((policy) => policy === emit) && readEmitted(command.emitted) !== null && readWaits(command.waits) !== null;
  if (event === undefined || steps === null || !isOurs) return ignored("it is no command of ours");
  const spec = state.manifest?.functions.get(functionId);
  if (spec === undefined) return decided(skipped(command, event, `there is no function "${functionId}" in the code that is deployed`));
  const cancelled = cancelOpen(state, command, now);
  if (cancelled === null)
    return decided(skipped(command, event, "the run has gone on since it was looked at: give the same command again"));
  const finishMs = spec.timeouts?.finishMs;
  const needs =
    spec.flow === undefined ? [] : needsOf(state, entering(id, functionId, event, batch), spec.flow, factsOf(event, state.open));
  const records: JournalRecord[] = [
    ...cancelled.records,
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
    {
      type: "RerunStarted",
      run: id,
      original,
      operation,
      emit,
      emitted: command.emitted,
      waits: command.waits,
      needs: needs.filter(isHeld),
    },
    ...steps.map(([step, outcome]): JournalRecord => ({ type: "StepAdopted", run: id, step, outcome: JSON.stringify(outcome) })),
    cellSet(key, { kind: "rerun", until: now + REMEMBERED_MS, numbers: [], text: id }),
  ];
  return decidedAndTold(records, cancelled.messages);
}

/** The run in whose place it comes is over, or is cancelled by the same decision. Null where it is not as it was when the command was made. */
function cancelOpen(
  state: PartitionState,
  { cancels, operation }: RerunRun,
  now: number,
): { readonly records: readonly JournalRecord[]; readonly messages: readonly Message[] } | null {
  if (cancels === null) return { records: [], messages: [] };
  if (state.runs.peek(cancels.run)?.outcomes !== cancels.outcomes) return null;
  const decision = decideCancelRun(state, cancels.run, `repeated by operation ${operation}`, now);
  return decision.outcome === "decided" ? decision : null;
}

function entering(run: RunId, functionId: string, event: TriggerEvent, batch: readonly TriggerEvent[]) {
  return { functionId, run, events: [event, ...batch], parent: null, singleton: null } as const;
}

function skipped({ run, functionId }: RerunRun, event: TriggerEvent, reason: string): JournalRecord {
  const { id: eventId, topic, partition, offset } = event;
  return { type: "RunSkipped", run, functionId, gate: "rerun", reason, eventId, topic, partition, offset };
}
