// A step that waits for what is outside of the process: a time, an event, another run.
import type { Input } from "../../../workflow/decide.ts";
import type { StepState } from "../../../workflow/state.ts";
import { AskedStep } from "../asked-step.ts";
import type { NewWait } from "../new-waits.ts";

export abstract class WaitingStep extends AskedStep implements NewWait {
  abstract input(resting: boolean): Input;

  override get isOutside(): boolean {
    return true;
  }

  override get mayEndEarly(): boolean {
    return true;
  }

  override note(recorded: StepState): void {
    super.note(recorded);
    if ("deadline" in recorded) this.waitsUntil = recorded.deadline ?? Number.POSITIVE_INFINITY;
  }

  override begin(): void {
    if (!this.isBegun) this.live.beginWait(this);
  }
}
