// step.waitForSignal: a message that is for exactly one run.
import { ConfigurationError } from "../../../core/configuration-error.ts";
import type { StepKey } from "../../../core/ids.ts";
import { fromJson } from "../../json.ts";
import type { StepState } from "../../../workflow/state.ts";
import { SIGNAL_EVENT, SIGNAL_PATH, valueOfSignal } from "../../../workflow/wait/signal-event.ts";
import type { StartWait } from "../../../workflow/wait/start.ts";
import { signalProblem } from "../../signal-name.ts";
import type { WaitForSignal } from "../../step-tools.ts";
import type { Place } from "../asked-step.ts";
import { checkStepOptions, waitTimeoutMs } from "../step-options.ts";
import type { StepKind } from "../step-kind.ts";
import { WaitingStep } from "./waiting-step.ts";

const OPTIONS = ["signal", "timeout", "onConflict"];

export class SignalWaitStep extends WaitingStep {
  readonly #signal: string;
  readonly #timeoutMs: number;
  readonly #replaces: boolean;
  readonly #after: StepKey | null;

  /** @throws ConfigurationError `INVALID_STEP`, `INVALID_DURATION` */
  constructor(place: Place, id: string, wait: WaitForSignal) {
    checkStepOptions(`step "${id}"`, wait, OPTIONS);
    const { signal, timeout, onConflict = "fail" } = wait;
    const problem = signalProblem(signal) ?? conflictProblem(onConflict);
    if (problem !== null) throw new ConfigurationError("INVALID_STEP", `step "${id}": ${problem}`);
    const timeoutMs = waitTimeoutMs(id, timeout);
    super(place, id);
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#replaces = onConflict === "replace";
    this.#after = place.live.continuesAfter;
  }

  override get kind(): StepKind {
    return "wait";
  }

  override input(resting: boolean): StartWait {
    return {
      type: "StartWait",
      run: this.live.id,
      step: this.key,
      after: this.#after,
      event: SIGNAL_EVENT,
      path: SIGNAL_PATH,
      value: valueOfSignal(this.#signal),
      condition: null,
      bindings: null,
      timeoutMs: this.#timeoutMs,
      lookbackMs: 0,
      purpose: "signal",
      replaces: this.#replaces,
      resting,
    };
  }

  protected override valueOf(outcome: StepState): unknown {
    if (outcome.status !== "resolved" || outcome.event === null) return null;
    return { signal: this.#signal, data: fromJson(outcome.event.data) };
  }
}

function conflictProblem(onConflict: string): string | null {
  return onConflict === "fail" || onConflict === "replace" ? null : `onConflict is "fail" or "replace", not ${JSON.stringify(onConflict)}`;
}
