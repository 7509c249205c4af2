// A run repeated by people, from a step on: which of its results are taken over, and what of it people gave otherwise.
import type { RunId, StepKey } from "../../core/ids.ts";
import { readSealed, type Sealing } from "../../core/sealing.ts";
import { sealedWithin } from "../../execution/opened-text.ts";
import type { TriggerEvent } from "../../workflow/records.ts";
import { isSettled } from "../../workflow/step/complete.ts";
import { idsIn } from "../../workflow/step/sent-again.ts";
import type { PastRun } from "../history/past-run.ts";
import { RerunError } from "./rerun-error.ts";

/** JSON; null for undefined. */
export interface RerunEdits {
  /** Of the event that triggers it; null: as it was. */
  readonly data: string | null;
  /** Of steps that are taken over, and of the one from which on none are: then it is, too. */
  readonly outputs: ReadonlyMap<StepKey, string | null>;
}

export const NO_EDITS: RerunEdits = { data: null, outputs: new Map() };

/** Steps that came to something before this one did, in that order; null: none. @throws RerunError `RERUN_NO_STEP` */
export function stepsBefore({ state, asked }: PastRun, from: StepKey | null): readonly StepKey[] {
  if (from === null) return [];
  const step = state.steps.get(from);
  if (step === undefined && !asked.has(from)) {
    const known = [...state.steps.keys()].slice(0, 20).join(", ");
    throw new RerunError("RERUN_NO_STEP", `run ${state.id} has no step ${from}. It has ${known === "" ? "none" : known}`);
  }
  const until = step !== undefined && "order" in step ? step.order : Number.POSITIVE_INFINITY;
  const settled = [...state.steps].flatMap(([key, one]) =>
    "order" in one && isSettled(one) && one.order < until ? [{ key, order: one.order }] : [],
  );
  const calledOff = [...state.steps].flatMap(([key, one]) => (one.status === "cancelled" && key !== from ? [key] : []));
  return [...settled.toSorted((a, b) => a.order - b.order).map(({ key }) => key), ...calledOff];
}

/** What is about somebody is erased with the rest of it, whoever wrote it. */
export function sealedFor(past: PastRun, edits: RerunEdits, sealing: Sealing): RerunEdits {
  const model = modelOf(past);
  if (model === null) return edits;
  const seal = (text: string | null): string | null => (text === null ? null : sealing.sealLike(model, text));
  return { data: seal(edits.data), outputs: new Map([...edits.outputs].map(([key, output]) => [key, seal(output)])) };
}

/** What is sealed of a run: of the events that it was begun by, else of what its steps came to, the first. Null: nothing is. */
function modelOf({ state }: PastRun): string | null {
  const begunBy = [state.event, ...(state.flow?.batch ?? [])].flatMap((event) => sealedWithin(event) ?? []);
  const settled = [...state.steps.values()].flatMap((step) => ("order" in step ? [step] : [])).toSorted((a, b) => a.order - b.order);
  const cameTo = settled.flatMap((step) => {
    if (step.status === "completed") return step.output !== null && readSealed(step.output) !== null ? [step.output] : [];
    return step.status === "resolved" && step.event !== null ? (sealedWithin(step.event) ?? []) : [];
  });
  return [...begunBy, ...cameTo][0] ?? null;
}

/**
 * In place of the original it is an event of its own, that never was in a topic: its id follows from the re-run, so nobody takes it for the
 * original, and it names that as what it corrects.
 */
export function editedEvent(event: TriggerEvent, run: RunId, partition: number, data: string): TriggerEvent {
  return { ...event, id: `edited/${run}`, data, topic: "", partition, offset: -1, corrects: event.id };
}

/** @throws RerunError `RERUN_BAD_EDIT` */
export function checkEdits({ state, asked }: PastRun, keep: readonly StepKey[], { data, outputs }: RerunEdits): void {
  if (data !== null && (state.flow?.batch.length ?? 0) > 0) {
    throw bad(`run ${state.id} was triggered by several events together: their data cannot be given otherwise. Send them anew instead`);
  }
  const kept = new Set(keep);
  for (const key of outputs.keys()) {
    const step = state.steps.get(key);
    if (step === undefined || !kept.has(key)) {
      throw bad(`step ${key} is not taken over, so that it has no output to be given: it is executed. Repeat the run from a later step`);
    }
    if (step.status !== "completed" && step.status !== "failed") throw bad(`step ${key} has no output: it is ${step.status}`);
    if (asked.get(key)?.kind === "send" || (step.status === "completed" && idsIn(step.output).length > 0)) {
      throw bad(`step ${key} sent events: what it sent stands in the log, and its output says which. Repeat the run from there instead`);
    }
  }
}

function bad(message: string): RerunError {
  return new RerunError("RERUN_BAD_EDIT", message);
}
