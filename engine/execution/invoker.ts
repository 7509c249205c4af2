/**
 * PORT Invoker: calls user code for one partition's runs. It decides nothing: what user code did is submitted as an input, and goes on
 * only when `settle` says that the outcome is durable. The caller's duty: everything it hands over is acknowledged (R3, R4).
 */
import type { RunId, StepKey } from "../core/ids.ts";
import type { Input } from "../workflow/decide.ts";
import type { RunState, StepState } from "../workflow/state.ts";

export interface Invoker {
  /** Whether this process has the code of a function. */
  canRun(functionId: string): boolean;
  /** Calls the run's function, from its beginning, with what is recorded. The run must not be live. */
  start(run: RunState): void;
  isLive(run: RunId): boolean;
  /** An outcome of a live run's step is durable, or that it sleeps, or will be tried again. */
  settle(run: RunId, step: StepKey, outcome: StepState): void;
  /** A failed step's next attempt is due. */
  retry(run: RunId, step: StepKey): void;
  /** So many more, or fewer, steps of a live run may execute. */
  slots(run: RunId, by: number): void;
  /** The run is over, or its attempt is: what is still executing for it is aborted. */
  end(run: RunId, reason: string): void;
  /** How many handlers are in memory, but for those that only wait, which have a bound of their own. */
  readonly liveRuns: number;
  /** How many of them are a function's. */
  liveRunsOf(functionId: string): number;
  /** How many steps execute now. */
  readonly executing: number;
  /** Begins no further step, and resolves when none executes any more or the time is up. What executed meanwhile was submitted. */
  quiesce(timeoutMs: number): Promise<void>;
  /** Aborts everything; nothing is submitted any more. */
  close(reason: string): void;
}

export interface InvokerHost {
  submit(input: Input): void;
  /** Milliseconds since 1970 by the log's clock. */
  now(): number;
  /** The run was let go of, since it waits for nothing but time: it is not live any more, and is to be started again then. */
  rested(run: RunId): void;
  /** A run came to do nothing but wait: it counts among `liveRuns` no more. */
  idled(): void;
  /** Acts while ownership is provably fresh: at once, or when it is proved again; never if it is lost (R4). */
  whenProved(act: () => void): void;
}
