// What a branch that lost its race left in the record. As a race is decided, its losers' steps are recorded as called off. Where the owner died
// before that, the record has steps of theirs that the code, called again, may not come to ask for before its race is over.
import type { StepKey } from "../../core/ids.ts";
import type { StepState } from "../../workflow/state.ts";
import type { AskedStep } from "./asked-step.ts";

export class LeftBehind {
  readonly #recorded: ReadonlyMap<StepKey, StepState>;
  readonly #isAsked: (key: StepKey) => boolean;
  /** Order of the outcome that the first of such races was decided by. */
  #since = Number.POSITIVE_INFINITY;

  constructor(recorded: ReadonlyMap<StepKey, StepState>, isAsked: (key: StepKey) => boolean) {
    this.#recorded = recorded;
    this.#isAsked = isAsked;
  }

  /** These were called off, after the outcome of this order. Where the record says so already, it lacks nothing. */
  calledOff(steps: readonly AskedStep[], after: number): void {
    if (after >= this.#since || steps.some(({ key }) => this.#recorded.get(key)?.status === "cancelled")) return;
    for (const [key, { status }] of this.#recorded) if (status === "cancelled" && !this.#isAsked(key)) return;
    this.#since = after;
  }

  /** Whether a step that the code did not ask for may be one of those. */
  mayHold(step: StepState): boolean {
    return "order" in step ? step.order > this.#since : this.#since < Number.POSITIVE_INFINITY;
  }
}
