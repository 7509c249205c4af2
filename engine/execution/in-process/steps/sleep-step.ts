// step.sleep and step.sleepUntil: a time to wait for.
import type { StepState } from "../../../workflow/state.ts";
import type { StartSleep } from "../../../workflow/timer/sleep.ts";
import type { Place } from "../asked-step.ts";
import type { StepKind } from "../step-kind.ts";
import { WaitingStep } from "./waiting-step.ts";

/** Milliseconds from now, or since 1970. */
export type SleepTime = { readonly durationMs: number; readonly wakeAt: null } | { readonly durationMs: null; readonly wakeAt: number };

export class SleepStep extends WaitingStep {
  readonly #time: SleepTime;

  constructor(place: Place, id: string, time: SleepTime) {
    super(place, id);
    this.#time = time;
  }

  override get kind(): StepKind {
    return "sleep";
  }

  override get mayEndEarly(): boolean {
    return false;
  }

  override note(recorded: StepState): void {
    super.note(recorded);
    if (recorded.status === "sleeping") this.waitsUntil = recorded.wakeAt;
  }

  override input(resting: boolean): StartSleep {
    return { type: "StartSleep", run: this.live.id, step: this.key, ...this.#time, resting };
  }
}
