// step.run: code whose result is recorded.
import { ConfigurationError } from "../../../core/configuration-error.ts";
import type { StepState } from "../../../workflow/state.ts";
import { failureOf } from "../../failure.ts";
import { resultJson } from "../../result-json.ts";
import type { StepContext } from "../../step-tools.ts";
import type { Place } from "../asked-step.ts";
import { BodyContext } from "../body-context.ts";
import type { CheckedRunOptions } from "../step-options.ts";
import type { StepKind } from "../step-kind.ts";
import { BodyStep } from "./body-step.ts";

export type Body = (context: StepContext) => unknown;

export class RunStep extends BodyStep {
  /** By its author's word. */
  readonly isPure: boolean;
  #body: Body | null;

  /** @throws ConfigurationError `INVALID_STEP` */
  constructor(place: Place, options: CheckedRunOptions, body: Body) {
    if (typeof body !== "function") throw new ConfigurationError("INVALID_STEP", `step "${options.id}" needs a function to run`);
    super(place, options);
    this.isPure = options.isPure;
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
    this.finished("completed");
    this.live.submit({ type: "CompleteStep", run: this.live.id, step: this.key, output, began });
  }

  /** Calls its code to see what it comes to, of which nothing is recorded. `order`: that of the outcome whose place it takes. */
  async computed(order: number): Promise<StepState> {
    try {
      const result: unknown = await this.#called();
      return { status: "completed", output: resultJson(result, `the result of step "${this.id}"`), order };
    } catch (thrown) {
      return { status: "failed", attempt: 0, error: failureOf(thrown), order };
    }
  }

  #called(): unknown {
    this.live.calling = this;
    try {
      return this.call(new BodyContext(this, 0));
    } finally {
      this.live.calling = null;
    }
  }

  protected override release(): void {
    this.#body = null;
  }
}
