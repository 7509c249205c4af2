// What `createFunction` takes, checked where it is written.
import { ConfigurationError } from "../core/configuration-error.ts";
import { checkRetries } from "../execution/in-process/step-options.ts";
import type { FunctionContext, EventView, Handler, RegisteredFunction } from "../execution/function.ts";
import { failureHandlerId, type FUNCTION_FAILED } from "../workflow/run/handlers.ts";
import type { FunctionSpec } from "../workflow/trigger/manifest.ts";
import { checkTriggers, type LooseTrigger } from "./check-trigger.ts";
import type { FunctionFailedData, Trigger, TriggeredBy } from "./event-types.ts";

export interface FunctionOptions<Events, Triggers extends readonly Trigger<Events>[]> {
  /** Unique in the app; runs remember it, so it stays when the code changes. */
  readonly id: string;
  readonly triggers: Triggers;
  /** Attempts after the first, 0–20, for each step and for the function outside of its steps. Default 4. */
  readonly retries?: number;
  /** Runs, as a run of its own with steps, when a run of this function has failed for good. */
  readonly onFailure?: (context: FunctionContext<FailureEvent<Events, Triggers>>) => unknown;
}

type FailureEvent<Events, Triggers extends readonly Trigger<Events>[]> = EventView<
  typeof FUNCTION_FAILED,
  FunctionFailedData<TriggeredBy<Events, Triggers>["name"], TriggeredBy<Events, Triggers>["data"]>
>;

/** A declared function; a handle to name it by. */
export interface MillraceFunction {
  readonly id: string;
}

export interface Declared {
  readonly spec: FunctionSpec;
  readonly functions: readonly RegisteredFunction[];
}

const DEFAULT_RETRIES = 4;
const ID = /^[a-zA-Z0-9._ -]{1,128}$/;

export interface LooseFunctionOptions {
  readonly id: string;
  readonly triggers: readonly LooseTrigger[];
  readonly retries?: number;
  readonly onFailure?: Handler;
}

/** @throws ConfigurationError `INVALID_FUNCTION` */
export function declareFunction(options: LooseFunctionOptions, handler: Handler): Declared {
  const { id, triggers, retries = DEFAULT_RETRIES, onFailure } = options;
  const invalid = (problem: string): never => {
    throw new ConfigurationError("INVALID_FUNCTION", `function ${JSON.stringify(id)}: ${problem}`);
  };
  if (typeof id !== "string" || !ID.test(id)) invalid("an id is 1 to 128 letters, digits, dots, dashes, underscores and blanks");
  if (!isArray(triggers) || triggers.length === 0) invalid('it needs at least one trigger, e.g. triggers: [{ event: "user/signed.up" }]');
  const specs = checkTriggers(triggers, `function "${id}"`);
  checkRetries(retries, `function "${id}"`, "INVALID_FUNCTION");
  if (typeof handler !== "function") invalid("its handler is not a function");
  const functions: RegisteredFunction[] = [{ id, retries, handler }];
  if (onFailure !== undefined) functions.push({ id: failureHandlerId(id), retries, handler: onFailure });
  return { spec: { id, triggers: specs, onFailure: onFailure !== undefined }, functions };
}

/** `Array.isArray` makes everything inside `any`. */
function isArray(value: unknown): boolean {
  return Array.isArray(value);
}
