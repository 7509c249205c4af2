// A function threw outside of its steps: it is called again later, or the run fails.
import { backoffMs } from "../../core/backoff.ts";
import type { RunId } from "../../core/ids.ts";
import { decided, decidedAndTold, ignored, type Decision } from "../decision.ts";
import type { Failure, RunAttemptFailed } from "../records.ts";
import { RUNNING, type PartitionState, type RunState } from "../state.ts";
import { decideRunFailed } from "./fail.ts";
import { breakerNotesOfBody } from "../flow/limits/breaker-room.ts";
import { returnAllSlots } from "../flow/limits/slots.ts";
import { NEVER, noteProgress } from "./suspicion.ts";

/** What user code's throw asks for: another attempt when the policy says, at a time of its own, or none. */
export type RetryWish = { readonly kind: "policy" } | { readonly kind: "after"; readonly ms: number } | { readonly kind: "never" };

export interface FailRunAttempt {
  readonly type: "FailRunAttempt";
  readonly run: RunId;
  readonly attempt: number;
  readonly error: Failure;
  readonly wish: RetryWish;
  readonly retries: number;
  /** In [0, 1): the jitter. */
  readonly random: number;
}

export function evolveRunAttemptFailed(state: PartitionState, record: RunAttemptFailed): void {
  const run = state.runs.get(record.run);
  if (run === undefined) return;
  run.attempt = record.attempt + 1;
  noteProgress(run);
  run.exposed = NEVER;
  returnAllSlots(state, run);
  run.status = { status: "backing-off", retryAt: record.retryAt, error: record.error };
  state.timers.push({ kind: "run", at: record.retryAt, run: record.run });
}

export function decideFailRunAttempt(state: PartitionState, input: FailRunAttempt, now: number): Decision {
  const run = state.runs.get(input.run);
  if (run === undefined) return ignored("run is over");
  if (run.attempt !== input.attempt) return ignored("another attempt is on its way");
  const notes = breakerNotesOfBody(state, run, now, true);
  const waitMs = retryWaitMs(input);
  if (waitMs === null) {
    const { records, messages } = decideRunFailed(state, run, input.error, now);
    return decidedAndTold([...notes, ...records], messages);
  }
  const failed: RunAttemptFailed = {
    type: "RunAttemptFailed",
    run: input.run,
    attempt: input.attempt,
    error: input.error,
    retryAt: now + waitMs,
  };
  return decided(failed, ...notes);
}

/** How long to wait before the next attempt; null where none is left. */
export function retryWaitMs(input: { attempt: number; wish: RetryWish; retries: number; random: number }): number | null {
  if (input.wish.kind === "never" || input.attempt >= input.retries) return null;
  return input.wish.kind === "after" ? input.wish.ms : backoffMs(input.attempt, input.random);
}

/** Part of evolving whatever a run's code said: any sign of life ends the back-off. */
export function endBackOff(run: RunState): void {
  if (run.status.status === "backing-off") run.status = RUNNING;
}
