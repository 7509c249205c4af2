// Steps of branches that were called off. That is recorded where anything of them may be; and where it is recorded of a step that the code
// waits for as if its branch went on, the code differs from what it was.
import type { StepKey } from "../../core/ids.ts";
import type { StepState } from "../../workflow/state.ts";
import type { AskedStep } from "./asked-step.ts";

/** A race of thousands is recorded in parts, each of which fits well into a frame (R15). */
const MAX_STEPS_TOGETHER = 500;
const MAX_CHARS_TOGETHER = 64 * 1024;

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

  /** An outcome of theirs may stand in the record already, behind the one that their race was decided by: it comes to nothing. */
  add(steps: readonly AskedStep[], isCaughtUp: boolean): void {
    for (const { key, isBegun } of steps) {
      const recorded = this.#recorded.get(key);
      if (recorded === undefined ? isBegun : recorded.status !== "cancelled") this.#unrecorded.push(key);
    }
    if (isCaughtUp) this.flush();
  }

  /** The code agrees with the record, as far as can be seen. */
  flush(): void {
    const steps = this.#unrecorded;
    this.#unrecorded = [];
    let slice: StepKey[] = [];
    let chars = 0;
    for (const step of steps) {
      if (slice.length >= MAX_STEPS_TOGETHER || chars >= MAX_CHARS_TOGETHER) {
        this.#host.record(slice);
        slice = [];
        chars = 0;
      }
      slice.push(step);
      chars += step.length;
    }
    if (slice.length > 0) this.#host.record(slice);
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
