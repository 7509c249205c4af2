// step.invoke: a run of another function, whose result is this step's.
import { ConfigurationError } from "../../../core/configuration-error.ts";
import { durationMs, type Duration } from "../../../core/duration.ts";
import type { InvokeChild } from "../../../workflow/child/invoke.ts";
import type { MillraceFunction } from "../../function.ts";
import { resultJson } from "../../result-json.ts";
import type { Place } from "../asked-step.ts";
import { checkStepOptions } from "../step-options.ts";
import type { StepKind } from "../step-kind.ts";
import { WaitingStep } from "./waiting-step.ts";

/** As anybody may write it who has no types. */
export interface LooseInvocation {
  readonly function: MillraceFunction | string;
  readonly data?: unknown;
  readonly timeout?: Duration;
  readonly detached?: boolean;
}

const OPTIONS = ["function", "data", "timeout", "detached"];

export class InvokeStep extends WaitingStep {
  readonly #child: Pick<InvokeChild, "functionId" | "data" | "timeoutMs" | "detached">;

  /** @throws ConfigurationError `INVALID_STEP`, `INVALID_DURATION`; NonRetriableError where the data cannot be recorded */
  constructor(place: Place, id: string, invocation: LooseInvocation) {
    checkStepOptions(`step "${id}"`, invocation, OPTIONS);
    const { function: invoked, data, timeout, detached = false } = invocation;
    const functionId = idOf(id, invoked, place.live.host.app);
    const json = resultJson(data, `the data that step "${id}" gives to function "${functionId}"`) ?? "null";
    const timeoutMs = timeout === undefined ? null : durationMs(timeout);
    super(place, id);
    this.#child = { functionId, data: json, timeoutMs, detached };
  }

  override get kind(): StepKind {
    return "invoke";
  }

  override input(resting: boolean): InvokeChild {
    const { live, key: step } = this;
    const { functionId } = this.#child;
    const trace = live.spans?.sends(`invoke ${functionId}`, this, { "millrace.child.function.id": functionId }) ?? live.event.trace;
    return { type: "InvokeChild", run: live.id, step, ...this.#child, resting, trace };
  }
}

function idOf(step: string, invoked: MillraceFunction | string, app: string | null): string {
  const invalid = (problem: string): ConfigurationError => new ConfigurationError("INVALID_STEP", `step "${step}": ${problem}`);
  if (typeof invoked === "string" && invoked !== "") return invoked;
  if (typeof invoked !== "object" || invoked === null || typeof invoked.id !== "string") {
    throw invalid("`function` is what app.createFunction returned, or a function's id");
  }
  if (app !== null && invoked.app !== app) {
    throw invalid(
      `function "${invoked.id}" is of app "${invoked.app}". Only functions of this app can be invoked: send the other an event`,
    );
  }
  return invoked.id;
}
