// What `createFunction` takes, checked where it is written.
import { ConfigurationError } from "../core/configuration-error.ts";
import { unknownOption } from "../core/known-options.ts";
import { shown } from "../core/shown.ts";
import { checkRetries } from "../execution/in-process/step-options.ts";
import type { Duration } from "../core/duration.ts";
import type { AwaitedName, EventView, FunctionCancelledData, FunctionFailedData } from "../execution/event-map.ts";
import type { FunctionContext, Handler, RegisteredFunction } from "../execution/function.ts";
import { cancelHandlerId, failureHandlerId, type FUNCTION_CANCELLED, type FUNCTION_FAILED } from "../workflow/run/handlers.ts";
import type { FunctionSpec } from "../workflow/trigger/manifest.ts";
import { checkCancelOn, checkTimeouts, type LooseCancelOn } from "./check-cancellation.ts";
import { checkFields, type AvroOf } from "./check-fields.ts";
import { checkFlow, FLOW_OPTIONS } from "./check-flow.ts";
import { checkTriggers, type LooseTrigger } from "./check-trigger.ts";
import { checkTogether } from "./flow-conflicts.ts";
import type { FlowOptions } from "./flow-options.ts";
import type { Trigger, TriggeredBy } from "./event-types.ts";

export interface FunctionOptions<
  Events extends object,
  Triggers extends readonly Trigger<Events>[],
  Sent extends object = Events,
> extends FlowOptions {
  /** Unique in the app; runs remember it, so it stays when the code changes. */
  readonly id: string;
  /** Events and times that start it. None: it runs when it is invoked. */
  readonly triggers: Triggers;
  /** Attempts after the first, 0–20, for each step and for the function outside of its steps. Default 4. */
  readonly retries?: number;
  /** Events that cancel a run; without `match` and `if`, every run that is under way. */
  readonly cancelOn?: readonly CancelOn<Events>[];
  /** How long a run may take before it is cancelled. */
  readonly timeouts?: RunTimeouts;
  /** Runs, as a run of its own with steps, when a run of this function has failed for good. */
  readonly onFailure?: (context: FunctionContext<FailureEvent<Events, Triggers>, Events, Sent>) => unknown;
  /** Runs, as a run of its own with steps, when a run of this function was cancelled. */
  readonly onCancel?: (context: FunctionContext<CancelEvent<Events, Triggers>, Events, Sent>) => unknown;
}

export interface CancelOn<Events> {
  readonly event: AwaitedName<Events>;
  /** A place such as `data.userId`: what stands there is the same in the event that began the run, and in the one that cancels it. */
  readonly match?: string;
  /** CEL over `event`, which began the run, and `async`, which cancels it. */
  readonly if?: string;
  /** How long after its beginning a run can be cancelled by it. Default: as long as it runs. */
  readonly timeout?: Duration;
}

export interface RunTimeouts {
  /** Until its code is called for the first time. */
  readonly start?: Duration;
  /** Until it is over. */
  readonly finish?: Duration;
}

type FailureEvent<Events, Triggers extends readonly Trigger<Events>[]> = EventView<
  typeof FUNCTION_FAILED,
  FunctionFailedData<TriggeredBy<Events, Triggers>["name"], TriggeredBy<Events, Triggers>["data"]>
>;

type CancelEvent<Events, Triggers extends readonly Trigger<Events>[]> = EventView<
  typeof FUNCTION_CANCELLED,
  FunctionCancelledData<TriggeredBy<Events, Triggers>["name"], TriggeredBy<Events, Triggers>["data"]>
>;

export interface Declared {
  readonly spec: FunctionSpec;
  readonly functions: readonly RegisteredFunction[];
}

const OPTIONS = ["id", "triggers", "retries", "cancelOn", "timeouts", "onFailure", "onCancel", ...FLOW_OPTIONS];
const DEFAULT_RETRIES = 4;
const ID = /^[a-zA-Z0-9._ -]{1,128}$/;

export interface LooseFunctionOptions extends FlowOptions {
  readonly id: string;
  readonly triggers: readonly LooseTrigger[];
  readonly retries?: number;
  readonly cancelOn?: readonly LooseCancelOn[];
  readonly timeouts?: RunTimeouts;
  readonly onFailure?: Handler;
  readonly onCancel?: Handler;
}

/** @throws ConfigurationError `INVALID_FUNCTION`, `INVALID_DURATION`, `INVALID_EXPRESSION` */
export function declareFunction(options: LooseFunctionOptions, handler: Handler, avroOf: AvroOf = () => null): Declared {
  const { id, triggers, retries = DEFAULT_RETRIES, onFailure, onCancel } = options;
  const invalid = (problem: string): never => {
    throw new ConfigurationError("INVALID_FUNCTION", `function ${JSON.stringify(id)}: ${problem}`);
  };
  if (typeof id !== "string" || !ID.test(id)) invalid("an id is 1 to 128 letters, digits, dots, dashes, underscores and blanks");
  const problem = unknownOption(options, OPTIONS, "it");
  if (problem !== null) invalid(problem);
  if (!isArray(triggers)) invalid('it needs triggers, e.g. triggers: [{ event: "user/signed.up" }], or [] where it is only invoked');
  const whose = `function "${id}"`;
  checkRetries(retries, whose, "INVALID_FUNCTION");
  if (typeof handler !== "function") invalid("its handler is not a function");
  for (const [name, ending] of Object.entries({ onFailure, onCancel })) {
    if (ending !== undefined && typeof ending !== "function") invalid(`${name} is a function, not ${shown(ending)}`);
  }
  const functions: RegisteredFunction[] = [{ id, retries, handler }];
  if (onFailure !== undefined) functions.push({ id: failureHandlerId(id), retries, handler: onFailure });
  if (onCancel !== undefined) functions.push({ id: cancelHandlerId(id), retries, handler: onCancel });
  const flow = checkFlow(options, whose);
  const spec: FunctionSpec = {
    id,
    triggers: checkTriggers(triggers, whose),
    onFailure: onFailure !== undefined,
    ...(onCancel === undefined ? {} : { onCancel: true as const }),
    ...checkCancelOn(options.cancelOn, whose),
    ...checkTimeouts(options.timeouts, whose),
    ...(flow === null ? {} : { flow }),
  };
  if (flow !== null) checkTogether(flow, spec, whose);
  checkFields(spec, avroOf, whose);
  return { spec, functions };
}

/** `Array.isArray` makes everything inside `any`. */
function isArray(value: unknown): boolean {
  return Array.isArray(value);
}
