// A declared function, as the engine sees it.
import type { Logger } from "pino";
import type { RunId } from "../core/ids.ts";
import type { AnyEvents, EventView } from "./event-map.ts";
import type { StepTools } from "./step-tools.ts";

export interface FunctionContext<E extends EventView = EventView, Events extends object = AnyEvents, Sent extends object = Events> {
  readonly event: E;
  /** All events that the run was started for, `event` first: many where the function has `batchEvents`, else one. */
  readonly events: readonly [E, ...E[]];
  readonly step: StepTools<Events, Sent>;
  /** How often the function threw outside of its steps before. */
  readonly attempt: number;
  readonly runId: RunId;
  /** The run that this one repeats, by `millrace replay --apply`; null for any other. */
  readonly rerunOf: RunId | null;
  /** Silent while steps that are done are answered from the record. */
  readonly logger: Logger;
  /** Aborted when the run is over, cancelled, or its owner is replaced. */
  readonly signal: AbortSignal;
}

declare const types: unique symbol;

/** A handle of a function: to name it by, and to know what it takes when it is invoked, and what it returns. */
export interface MillraceFunction<Input = never, Output = unknown> {
  readonly id: string;
  /** The app's id. */
  readonly app: string;
  /** For the compiler alone. */
  readonly [types]?: (input: Input) => Output;
}

export type Handler = (context: FunctionContext) => unknown;

export interface RegisteredFunction {
  readonly id: string;
  /** Attempts after the first, for steps and for the function itself. */
  readonly retries: number;
  readonly handler: Handler;
}
