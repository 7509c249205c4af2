// A run of the past, as its partition's journal tells of it.
import type { RunId, StepKey } from "../../core/ids.ts";
import type { Failure } from "../../workflow/records.ts";
import type { RunState } from "../../workflow/state.ts";
import type { AskedOf } from "./asked-of.ts";

export interface PastRun {
  readonly partition: number;
  /** As it was when it was over, or is by the end of the journal: event, steps and what they came to, as the fold has them (R1). */
  readonly state: RunState;
  readonly end: PastEnd;
  /** What its steps asked for, beside what they came to: of those that sleep, wait, invoke or send. */
  readonly asked: ReadonlyMap<StepKey, AskedOf>;
  /** The first run that this one repeats; null where it repeats none. */
  readonly original: RunId | null;
}

export type PastEnd =
  | { readonly kind: "completed"; /** JSON; null for undefined. */ readonly output: string | null }
  | { readonly kind: "failed"; readonly error: Failure }
  | { readonly kind: "cancelled"; readonly reason: string }
  /** It is not over by the end of the journal. */
  | { readonly kind: "running" };
