// The command by which a run is repeated from a step on: what it takes over, and what the original had sent.
import { deriveRunId, type RunId, type StepKey } from "../../core/ids.ts";
import { encodeMessage } from "../../journal/inbox.ts";
import type { RerunRun } from "../../workflow/records.ts";
import type { AdoptedOutcome } from "../../workflow/run/rerun-command.ts";
import type { EmitPolicy, EmittedBySteps, EmittedEvent, WaitsBySteps } from "../../workflow/run/rerun-state.ts";
import { isSettled } from "../../workflow/step/complete.ts";
import { idsIn } from "../../workflow/step/sent-again.ts";
import { isFailedBy } from "../history/failed-by.ts";
import type { PastRun } from "../history/past-run.ts";
import { editedEvent, NO_EDITS, type RerunEdits } from "./edits.ts";

export interface RerunChoice {
  /** Names all re-runs that are asked for together: given again, it makes no second one. */
  readonly operation: string;
  readonly emit: EmitPolicy;
  /** Steps whose results are taken over, in this order. */
  readonly keep: readonly StepKey[];
  /** What people gave otherwise, see `checkEdits`. Default: nothing. */
  readonly edits?: RerunEdits;
}

/** It becomes one frame (R15), which a log takes up to 4 MiB of. */
export const MAX_RERUN_BYTES = 2 * 1024 * 1024;

/** R10: its id follows from the original and the operation. */
export function rerunId({ partition, state, original }: PastRun, operation: string): RunId {
  return deriveRunId(state.event.time, partition, state.functionId, `rerun/${original ?? state.id}/${operation}`);
}

/** Null where it is too large to be told. */
export function rerunCommand(past: PastRun, { operation, emit, keep, edits = NO_EDITS }: RerunChoice): RerunRun | null {
  const { state, original, end } = past;
  const kept = new Set(keep);
  const run = rerunId(past, operation);
  const event = edits.data === null ? state.event : editedEvent(state.event, run, past.partition, edits.data);
  const command: RerunRun = {
    type: "RerunRun",
    run,
    original: original ?? state.id,
    operation,
    functionId: state.functionId,
    events: [event, ...(state.flow?.batch ?? [])],
    steps: JSON.stringify([...kept].flatMap((key) => adopted(past, key, edits))),
    emit,
    emitted: JSON.stringify(emittedBy(past)),
    waits: JSON.stringify(waitsOf(past, kept)),
    cancels: end.kind === "running" ? { run: state.id, outcomes: state.outcomes } : null,
  };
  return encodeMessage(command).length > MAX_RERUN_BYTES ? null : command;
}

/** A step by which the run had failed is tried again: that is what a re-run is asked for. Unless people say what it came to. */
function adopted({ state, end }: PastRun, key: StepKey, { outputs }: RerunEdits): readonly (readonly [StepKey, AdoptedOutcome])[] {
  const step = state.steps.get(key);
  if (step === undefined || !isSettled(step)) return [];
  const edited = outputs.get(key);
  if (edited !== undefined) {
    const mark = "mark" in step ? step.mark : undefined;
    return [[key, { status: "completed", output: edited, ...(mark === undefined ? {} : { mark }), edited: true }]];
  }
  if (isFailedBy(end, step)) return [];
  if (step.status === "cancelled") return [[key, step]];
  if (!("order" in step)) return [];
  const { order: _, ...outcome } = step;
  return [[key, outcome]];
}

/** By steps that sent: what the world has heard. Of a run that itself repeats another: what it had not sent again counts as sent by it, too. */
function emittedBy({ asked, state }: PastRun): EmittedBySteps {
  const before = state.rerun?.emitted ?? {};
  const heard = new Map(Object.values(before).flatMap((events) => events.map((event) => [event.id, event] as const)));
  const emitted: Record<string, readonly EmittedEvent[]> = {};
  const claimed = new Set<string>();
  for (const [key, step] of state.steps) {
    if (step.status !== "completed") continue;
    const of = asked.get(key);
    for (const { id, digest, said } of of?.kind === "send" ? of.events : []) {
      if (said !== null) heard.set(id, { id, name: said.name, key: said.key, digest });
    }
    const events = idsIn(step.output).flatMap((id) => heard.get(id) ?? []);
    if (events.length > 0 || of?.kind === "send" || Object.hasOwn(before, key)) emitted[key] = events;
    for (const { id } of events) claimed.add(id);
  }
  // What steps said that today's code had not asked for stands as it was said, unless others came to say it.
  for (const [key, events] of Object.entries(before)) {
    const left = events.filter(({ id }) => !claimed.has(id));
    if (left.length > 0) emitted[key] ??= left;
  }
  return emitted;
}

/** Of those that are not taken over: from when on events counted for them. */
function waitsOf({ state }: PastRun, kept: ReadonlySet<StepKey>): WaitsBySteps {
  const waits: Record<string, number> = { ...state.rerun?.waits };
  for (const [key, step] of state.steps) {
    if (kept.has(key)) delete waits[key];
    else if (step.status === "waiting" || step.status === "resolved") waits[key] = step.since;
  }
  return waits;
}
