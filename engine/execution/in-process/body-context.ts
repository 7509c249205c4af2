// What a step's body is given. Properties are made when they are asked for: most bodies take few of them.
import type { Logger } from "pino";
import type { StepContext } from "../step-tools.ts";
import type { Abortable } from "./abortable.ts";
import type { BodyStep } from "./steps/body-step.ts";

export class BodyContext implements StepContext {
  readonly attempt: number;
  readonly #step: BodyStep;
  readonly #abortable: Abortable;
  #logger: Logger | null = null;

  constructor(step: BodyStep, attempt: number) {
    this.#step = step;
    this.#abortable = step.abortable;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    return this.#abortable.signal;
  }
  get idempotencyKey(): string {
    return this.#step.idempotencyKey;
  }
  get logger(): Logger {
    return (this.#logger ??= this.#step.live.logger.child({ step: this.#step.key, attempt: this.attempt }));
  }
}
