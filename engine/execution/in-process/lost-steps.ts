// Steps of branches that were called off. That is recorded where anything of them may be; and where it is recorded of a step that the code
// waits for as if its branch went on, the code differs from what it was.
import type { StepKey } from "../../core/ids.ts";
import type { StepState } from "../../workflow/state.ts";
import type { AskedStep } from "./asked-step.ts";

export interface LostStepsHost {
  readonly graceMs: number;
  record(steps: readonly StepKey[]): void;
  /** The code waits for a step that is recorded as called off. */
  stuck(key: StepKey): void;
}

export class LostSteps {
  readonly #pending: ReadonlySet<AskedStep>;
  readonly #recorded: ReadonlyMap<StepKey, StepState>;
  readonly #host: LostStepsHost;
  /** To be recorded when everything recorded is delivered. */
  #unrecorded: StepKey[] = [];
  #grace: NodeJS.Timeout | null = null;

  constructor(pending: ReadonlySet<AskedStep>, recorded: ReadonlyMap<StepKey, StepState>, host: LostStepsHost) {
    this.#pending = pending;
    this.#recorded = recorded;
    this.#host = host;
  }

  add(steps: readonly AskedStep[], isCaughtUp: boolean): void {
    const begun = steps.filter(({ isBegun }) => isBegun).map(({ key }) => key);
    if (begun.length === 0) return;
    if (isCaughtUp) this.#host.record(begun);
    else this.#unrecorded.push(...begun);
  }

  /** The code agrees with the record, as far as can be seen. */
  flush(): void {
    if (this.#unrecorded.length > 0) this.#host.record(this.#unrecorded);
    this.#unrecorded = [];
  }

  /** The code asks for a step that is recorded as called off: its branch is to be called off, too. */
  asked(isCaughtUp: boolean): void {
    if (isCaughtUp) this.#watch();
  }

  caughtUp(): void {
    this.flush();
    if (this.#stuck() !== undefined) this.#watch();
  }

  /** The code may be doing something of its own before its race is over. */
  #watch(): void {
    this.#grace ??= setTimeout(() => {
      const stuck = this.#stuck();
      if (stuck !== undefined) this.#host.stuck(stuck.key);
    }, this.#host.graceMs).unref();
  }

  stop(): void {
    if (this.#grace !== null) clearTimeout(this.#grace);
  }

  #stuck(): AskedStep | undefined {
    for (const step of this.#pending) if (this.#recorded.get(step.key)?.status === "cancelled") return step;
    return undefined;
  }
}
