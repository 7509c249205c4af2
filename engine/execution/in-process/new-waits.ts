// Waits that a handler begins, told to the task together, after the handler has gone quiet: only then it is known whether the run does
// anything beside waiting, and one that does not need not be called after a restart before something comes.
import type { StepKey } from "../../core/ids.ts";
import type { Input } from "../../workflow/decide.ts";
import type { AskedStep } from "./asked-step.ts";

/** A step that waits for what is outside of the process: a time, an event, another run. */
export interface NewWait extends AskedStep {
  /** `resting`: the run does nothing but wait. */
  input(resting: boolean): Input;
}

export interface NewWaitsHost {
  /** Whether the handler may begin anything. */
  mayBegin(): boolean;
  isResting(): boolean;
  /** With this wait, which is about to be submitted, it does nothing else. */
  rests(step: StepKey): void;
  submit(input: Input): void;
}

export class NewWaits {
  readonly #host: NewWaitsHost;
  #waits: NewWait[] = [];

  constructor(host: NewWaitsHost) {
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#waits.length === 0;
  }

  add(wait: NewWait): void {
    this.#waits.push(wait);
    if (this.#waits.length === 1) setImmediate(() => this.#begin());
  }

  #begin(): void {
    const waits = this.#waits.filter(({ branch }) => branch?.isClosed !== true);
    this.#waits = [];
    if (waits.length === 0 || !this.#host.mayBegin()) return;
    const isResting = this.#host.isResting();
    for (const [index, wait] of waits.entries()) {
      wait.isBegun = true;
      // Where an owner dies between two of them, its successor must call the code for the rest.
      const rests = isResting && index === waits.length - 1;
      if (rests) this.#host.rests(wait.key);
      this.#host.submit(wait.input(rests));
    }
  }
}
