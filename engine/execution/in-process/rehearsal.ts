// A run of the past whose code is called again to see what it would do. Nothing of it is executed or recorded, since its host holds every step
// back; where the code differs from the record it is not stopped, but goes on as far as it can, and the rehearsal is told.
import type { StepKey } from "../../core/ids.ts";
import type { StepState } from "../../workflow/state.ts";
import type { AskedStep } from "./asked-step.ts";

/** What a step gets that the code asks for: what is recorded, what its own code comes to now, or nothing. */
export type Answer = "record" | "code" | "nothing";

export interface Rehearsal {
  /** The code asks for a step. */
  asked(step: AskedStep, recorded: StepState | undefined): Answer;
  /** What is recorded, or a place for what is not, is about to be given to the code. Returns what is given, now or later. */
  outcome(step: AskedStep, recorded: StepState): StepState | Promise<StepState>;
  /** The next outcome of the record is not asked for, and the code waits for something else. Returns whether it goes on without it. */
  passOver(key: StepKey): boolean;
  /** The code has gone quiet, with nothing on its way to it. */
  quiet(): void;
  /** The code returned, and had not asked for these, which are recorded. */
  unasked(keys: readonly StepKey[]): void;
}
