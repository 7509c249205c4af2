// The code of a consumer, as a task calls it: what it declares, its reducers, and its handler.
import type { Reduce } from "../../workflow/consumer/consume.ts";
import type { ConsumerSpec } from "../../workflow/consumer/spec.ts";
import type { TriggerEvent } from "../../workflow/records.ts";

export interface ConsumerCode {
  readonly spec: ConsumerSpec;
  /** Pure: for the same event and values it gives the same. */
  readonly reduce: Reduce;
  /** Whatever it throws, or rejects with, is its failure. Called where `spec.handles` says so. */
  readonly handle: (call: HandlerCall) => unknown;
  /** Attempts after the first. */
  readonly retries: number;
  /** How long one call may take. */
  readonly timeoutMs: number;
  /** So many events of a partition are handled at once, each of another key. */
  readonly concurrency: number;
  /** So many events of a partition may wait to be handled; then its sources are read no further. */
  readonly maxOwed: number;
  /** In [0, 1). Default: Math.random. */
  readonly random?: () => number;
}

export interface HandlerCall {
  readonly event: TriggerEvent;
  /** What the stores had under the event's key once the event was in them: JSON text by store. */
  readonly state: readonly (readonly [store: string, value: string])[];
  /** How often it failed before. */
  readonly attempt: number;
  /** The same for each call for this event, and for no other event. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}
