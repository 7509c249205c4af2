// The command by which a run is repeated from a step on: what it takes over, and what the original had sent.
import { deriveRunId, type RunId, type StepKey } from "../../core/ids.ts";
import { encodeMessage } from "../../journal/inbox.ts";
import type { RerunRun } from "../../workflow/records.ts";
import type { AdoptedOutcome } from "../../workflow/run/rerun.ts";
import type { EmitPolicy, EmittedBySteps, EmittedEvent } from "../../workflow/run/rerun-state.ts";
import { isSettled } from "../../workflow/step/complete.ts";
import type { PastRun } from "../history/past-run.ts";

export interface RerunChoice {
  /** Names all re-runs that are asked for together: given again, it makes no second one. */
  readonly operation: string;
  readonly emit: EmitPolicy;
  /** Steps whose results are taken over, in this order. */
  readonly keep: readonly StepKey[];
}

/** It becomes one frame (R15), which a log takes up to 4 MiB of. */
export const MAX_RERUN_BYTES = 2 * 1024 * 1024;

/** R10: its id follows from the original and the operation. */
export function rerunId({ partition, state, original }: PastRun, operation: string): RunId {
  return deriveRunId(state.event.time, partition, state.functionId, `rerun/${original ?? state.id}/${operation}`);
}

/** Null where it is too large to be told. */
export function rerunCommand(past: PastRun, { operation, emit, keep }: RerunChoice): RerunRun | null {
  const { state, original } = past;
  const command: RerunRun = {
    type: "RerunRun",
    run: rerunId(past, operation),
    original: original ?? state.id,
    operation,
    functionId: state.functionId,
    events: [state.event, ...(state.flow?.batch ?? [])],
    steps: JSON.stringify(keep.flatMap((key) => adopted(past, key))),
    emit,
    emitted: JSON.stringify(emittedBy(past)),
  };
  return encodeMessage(command).length > MAX_RERUN_BYTES ? null : command;
}

/** A step that had failed for good is tried again: that is what a re-run is asked for. */
function adopted({ state, end }: PastRun, key: StepKey): readonly (readonly [StepKey, AdoptedOutcome])[] {
  const step = state.steps.get(key);
  if (step === undefined || !isSettled(step)) return [];
  if (step.status === "failed" && end.kind === "failed") return [];
  if (step.status === "cancelled") return [[key, step]];
  if (!("order" in step)) return [];
  const { order: _, ...outcome } = step;
  return [[key, outcome]];
}

/** By steps that sent. Of a run that itself repeats another: what it had not sent again counts as sent by it, too. */
function emittedBy({ asked, state }: PastRun): EmittedBySteps {
  const emitted: Record<string, readonly EmittedEvent[]> = { ...state.rerun?.emitted };
  for (const [key, step] of state.steps) {
    const of = asked.get(key);
    const before = state.rerun?.emitted[key] ?? [];
    if (step.status !== "completed" || (of?.kind !== "send" && before.length === 0)) continue;
    const sent = new Map((of?.kind === "send" ? of.events : []).map(({ id, digest }) => [id, digest]));
    emitted[key] = idsIn(step.output).map((id, index) => ({ id, digest: sent.get(id) ?? digestAt(before, index, id) }));
  }
  return emitted;
}

function digestAt(before: readonly EmittedEvent[], index: number, id: string): string {
  const event = before[index];
  return event?.id === id ? event.digest : "";
}

/** Of the events of a step that sends: its result. */
function idsIn(output: string | null): readonly string[] {
  const { ids } = JSON.parse(output ?? "{}") as { readonly ids?: readonly string[] };
  return ids ?? [];
}
