// A declared function, as the engine sees it.
import type { Logger } from "pino";
import type { Duration } from "../core/duration.ts";
import type { RunId } from "../core/ids.ts";
import type { Json } from "./json.ts";

/** An event as user code gets it. `data` is what its JSON says. */
export interface EventView<Name extends string = string, Data = unknown> {
  readonly name: Name;
  readonly data: Data;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly key: string | null;
  /** Where in the log it stands; null for an event that the engine made. */
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number } | null;
}

export interface StepContext {
  /** 0 for the first. */
  readonly attempt: number;
  /** Aborted when this step's result will not count: time-out, replaced owner, end of the run. */
  readonly signal: AbortSignal;
  /** The same on every attempt of this step, and fit for an HTTP header: give it to services that know idempotency keys, since a step runs at least once. */
  readonly idempotencyKey: string;
  readonly logger: Logger;
}

export interface StepOptions {
  readonly id: string;
  /** Attempts after the first, 0–20. Default: the function's. */
  readonly retries?: number;
  /** How long one attempt may take. Default 1 hour. */
  readonly timeout?: Duration;
}

export interface StepTools {
  /**
   * Runs `body` once and records its result; afterwards the result is answered from the record. Ids may repeat: the n-th use of an id in a run is
   * step n of that id. A body that throws is tried again; after its last attempt a `StepError` is thrown here.
   * @throws StepError
   */
  run<T>(step: string | StepOptions, body: (context: StepContext) => T | Promise<T>): Promise<Json<Awaited<T>>>;
  /** Goes on after `duration`. Survives every restart; costs nothing meanwhile. */
  sleep(id: string, duration: Duration): Promise<void>;
  /** Goes on at `time` (a Date, an ISO 8601 text, or milliseconds since 1970). */
  sleepUntil(id: string, time: Date | string | number): Promise<void>;
}

export interface FunctionContext<E extends EventView = EventView> {
  readonly event: E;
  readonly step: StepTools;
  /** How often the function threw outside of its steps before. */
  readonly attempt: number;
  readonly runId: RunId;
  /** Silent while steps that are done are answered from the record. */
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export type Handler = (context: FunctionContext) => unknown;

export interface RegisteredFunction {
  readonly id: string;
  /** Attempts after the first, for steps and for the function itself. */
  readonly retries: number;
  readonly handler: Handler;
}
