// step.run: code whose result is recorded.
import { ConfigurationError } from "../../../core/configuration-error.ts";
import { resultJson } from "../../result-json.ts";
import type { StepContext } from "../../step-tools.ts";
import type { Place } from "../asked-step.ts";
import type { CheckedStepOptions } from "../step-options.ts";
import type { StepKind } from "../step-kind.ts";
import { BodyStep } from "./body-step.ts";

export type Body = (context: StepContext) => unknown;

export class RunStep extends BodyStep {
  #body: Body | null;

  /** @throws ConfigurationError `INVALID_STEP` */
  constructor(place: Place, options: CheckedStepOptions, body: Body) {
    if (typeof body !== "function") throw new ConfigurationError("INVALID_STEP", `step "${options.id}" needs a function to run`);
    super(place, options);
    this.#body = body;
  }

  override get kind(): StepKind {
    return "run";
  }

  protected override call(context: StepContext): unknown {
    return this.#body?.(context);
  }

  protected override returned(result: unknown): void {
    const output = resultJson(result, `the result of step "${this.id}"`);
    const { began } = this;
    this.finished();
    this.live.submit({ type: "CompleteStep", run: this.live.id, step: this.key, output, began });
  }

  protected override release(): void {
    this.#body = null;
  }
}
