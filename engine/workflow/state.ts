// The folded state of one partition. It is changed by evolve alone (R2), in place: one partition holds up to millions of cells.
import type { RunId, StepKey } from "../core/ids.ts";
import type { EmissionOwed, Failure, TriggerEvent } from "./records.ts";
import type { ActiveManifest } from "./trigger/manifest.ts";
import { TimerHeap } from "./timer/timer-heap.ts";

export interface PartitionState {
  readonly partition: number;
  /** The claim in force; null before the first. */
  owner: { readonly epoch: number; readonly nonce: number } | null;
  /** What the owner in force said of its going. */
  farewell: { readonly kind: "releasing"; readonly until: number } | { readonly kind: "released" } | null;
  lsn: number;
  /** Time of the last frame. */
  time: number;
  manifest: ActiveManifest | null;
  /** By `topic/partition`. */
  readonly sources: Map<string, SourceState>;
  /** Runs that are not finished. */
  readonly runs: Map<RunId, RunState>;
  /** Owed and not confirmed, by sequence. */
  readonly emissions: Map<number, EmissionOwed>;
  nextEmission: number;
  /** When folded state wants to be looked at again. Derived from the runs; stale entries are passed over when they come due. */
  readonly timers: TimerHeap;
}

export interface SourceState {
  readonly topic: string;
  readonly partition: number;
  /** First offset that is not decided. */
  next: number;
  /** Offset and hash of the last record decided, -1 and 0 before the first. */
  last: number;
  hash: number;
  /** Highest sequence decided, and when, by producer; the one longest idle first. */
  readonly producers: Map<string, { readonly sequence: number; readonly at: number }>;
  /** When each idempotency key was decided; oldest first. */
  readonly ids: Map<string, number>;
}

export interface RunState {
  readonly id: RunId;
  readonly functionId: string;
  readonly event: TriggerEvent;
  readonly startedAt: number;
  /** How often the function threw outside of its steps. */
  attempt: number;
  status: RunStatus;
  readonly steps: Map<StepKey, StepState>;
  /** How many outcomes are recorded: numbers them in journal order. */
  outcomes: number;
  /** The run did nothing but sleep when its last sleep began, so its code need not be called before it wakes. */
  resting: boolean;
}

export type RunStatus =
  | { readonly status: "running" }
  | { readonly status: "backing-off"; readonly retryAt: number; readonly error: Failure }
  | { readonly status: "parked"; readonly difference: string };

export type StepState =
  | { readonly status: "completed"; readonly output: string | null; readonly order: number }
  | { readonly status: "failed"; readonly attempt: number; readonly error: Failure; readonly order: number }
  | { readonly status: "retrying"; readonly attempt: number; readonly error: Failure; readonly retryAt: number }
  | { readonly status: "sleeping"; readonly wakeAt: number }
  | { readonly status: "slept"; readonly order: number };

export const RUNNING: RunStatus = { status: "running" };

export function emptyState(partition: number): PartitionState {
  return {
    partition,
    owner: null,
    farewell: null,
    lsn: 0,
    time: 0,
    manifest: null,
    sources: new Map(),
    runs: new Map(),
    emissions: new Map(),
    nextEmission: 0,
    timers: new TimerHeap(),
  };
}
