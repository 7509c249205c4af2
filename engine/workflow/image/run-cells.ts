// A run in the image: one cell with its steps; where they are many or large, a cell for each of them, so that a step's end does not write all
// that came before it again.
import type { RunId, StepKey } from "../../core/ids.ts";
import type { SeenRun } from "../run/run-marks.ts";
import type { RunState, StepState } from "../state.ts";

const MAX_STEPS_INSIDE = 8;
const MAX_CHARACTERS_INSIDE = 16_384;

export const RUN_PREFIX = "run/";
const ID_LENGTH = 26;

export function runKey(id: RunId): string {
  return RUN_PREFIX + id;
}

export function stepCellKey(id: RunId, step: StepKey): string {
  return `${RUN_PREFIX}${id}/${step}`;
}

/** Whose cell it is, and whether it is that of a step. */
export function runOf(key: string): { readonly id: RunId; readonly isStep: boolean } {
  return { id: key.slice(RUN_PREFIX.length, RUN_PREFIX.length + ID_LENGTH) as RunId, isStep: key.length > RUN_PREFIX.length + ID_LENGTH };
}

/** The run with all its steps, or null where they are to have cells of their own. */
export function bodyWithSteps(run: SeenRun): string | null {
  if (run.steps.size > MAX_STEPS_INSIDE) return null;
  const { steps, ...head } = run;
  const body = JSON.stringify({ ...head, steps: [...steps] });
  return body.length - run.event.data.length > MAX_CHARACTERS_INSIDE ? null : body;
}

export function bodyWithoutSteps(run: SeenRun): string {
  const { steps: _, ...head } = run;
  return JSON.stringify(head);
}

/** `place`: among the run's steps, in the order in which they were first recorded. */
export function stepBody(place: number, key: StepKey, step: StepState): string {
  return JSON.stringify([place, key, step]);
}

/** Steps are null where they have cells of their own. */
export function readRun(id: RunId, body: string): ReadRun {
  const { steps = null, ...head } = JSON.parse(body) as Omit<RunState, "steps"> & Partial<Pick<ReadRun, "steps">>;
  return { head: { ...head, id }, steps };
}

interface ReadRun {
  readonly head: Omit<RunState, "steps">;
  readonly steps: readonly (readonly [StepKey, StepState])[] | null;
}

export function readStep(body: string): readonly [place: number, key: StepKey, step: StepState] {
  return JSON.parse(body) as [number, StepKey, StepState];
}
