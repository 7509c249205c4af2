// What the log says of a run at level debug: attempting, finished, skipped. Never what it works with.
import type { Logger } from "pino";
import type { AskedStep } from "./asked-step.ts";
import type { RunHost } from "./run-host.ts";

export interface LoggedRun {
  readonly id: string;
  readonly functionId: string;
}

/** Null where nobody reads it, or nothing is executed. */
export function linesOf({ logger, rehearsal }: Pick<RunHost, "logger" | "rehearsal">, run: LoggedRun): RunLines | null {
  return rehearsal === undefined && logger.isLevelEnabled("debug") ? new RunLines(logger, run) : null;
}

export class RunLines {
  readonly #logger: Logger;
  readonly #run: LoggedRun;

  constructor(logger: Logger, run: LoggedRun) {
    this.#logger = logger;
    this.#run = run;
  }

  /** `recorded`: so many of its steps are in the record. */
  begins(attempt: number, recorded: number): void {
    this.#say({ attempt, recorded }, recorded === 0 ? "run begins" : "run is called again, and goes on from the record");
  }

  stepBegins(step: AskedStep, attempt: number): void {
    this.#say({ step: step.key, attempt }, "step begins");
  }

  stepEnds(step: AskedStep, attempt: number, outcome: string, seconds: number): void {
    this.#say({ step: step.key, attempt, outcome, ms: Math.round(seconds * 1_000) }, "step ended");
  }

  stepWaits(step: AskedStep): void {
    this.#say({ step: step.key, kind: step.kind }, "step waits");
  }

  stepSkipped(step: AskedStep): void {
    this.#say({ step: step.key }, "step skipped: answered from the record");
  }

  returned(): void {
    this.#say({}, "function returned");
  }

  threw(error: { readonly name: string }): void {
    this.#say({ error: error.name }, "function threw");
  }

  #say(fields: object, message: string): void {
    this.#logger.debug({ runId: this.#run.id, function: this.#run.functionId, ...fields }, message);
  }
}
