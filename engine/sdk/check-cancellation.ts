// What cancels a run, checked where it is written, and put as a manifest says it.
import { ConfigurationError } from "../core/configuration-error.ts";
import { durationMs, type Duration } from "../core/duration.ts";
import { unknownOption } from "../core/known-options.ts";
import { shown } from "../core/shown.ts";
import { checkCondition } from "../workflow/expression/check.ts";
import { parsePath } from "../workflow/expression/path.ts";
import type { CancelSpec, FunctionSpec } from "../workflow/trigger/manifest.ts";
import { SIGNAL_EVENT } from "../workflow/wait/signal-event.ts";
import type { RunTimeouts } from "./create-function.ts";
import { naming } from "./flow-values.ts";

/** As anybody may write it who has no types. */
export interface LooseCancelOn {
  readonly event: string;
  readonly match?: string | undefined;
  readonly if?: string | undefined;
  readonly timeout?: Duration | undefined;
}

/** Each is watched for every run (R16). */
const MAX_CANCEL_ON = 5;
const CANCEL_OPTIONS = ["event", "match", "if", "timeout"];
const TIMEOUTS = ["start", "finish"];

/** `whose` names the function, for messages. @throws ConfigurationError `INVALID_FUNCTION`, `INVALID_DURATION`, `INVALID_EXPRESSION` */
export function checkCancelOn(cancelOn: readonly LooseCancelOn[] | undefined, whose: string): Pick<FunctionSpec, "cancelOn"> {
  if (cancelOn === undefined) return {};
  if (!isArray(cancelOn)) throw invalid(whose, `cancelOn is a list, [{ event: "user/deleted" }], not ${shown(cancelOn)}`);
  if (cancelOn.length === 0) return {};
  if (cancelOn.length > MAX_CANCEL_ON) throw invalid(whose, `cancelOn names at most ${MAX_CANCEL_ON} events`);
  return { cancelOn: cancelOn.map((one) => checkOne(one, whose)) };
}

export function checkTimeouts(timeouts: RunTimeouts | undefined, whose: string): Pick<FunctionSpec, "timeouts"> {
  if (timeouts === undefined) return {};
  const problem = unknownOption(timeouts, TIMEOUTS, "timeouts");
  if (problem !== null) throw invalid(whose, problem);
  const { start, finish } = timeouts;
  if (start === undefined && finish === undefined) return {};
  const startMs = start === undefined ? undefined : naming(`${whose}: timeouts.start`, () => durationMs(start));
  const finishMs = finish === undefined ? undefined : naming(`${whose}: timeouts.finish`, () => durationMs(finish));
  if (startMs === 0 || finishMs === 0) throw invalid(whose, "a run needs some time: timeouts are longer than 0");
  return {
    timeouts: { ...(startMs === undefined ? {} : { startMs }), ...(finishMs === undefined ? {} : { finishMs }) },
  };
}

function checkOne(one: LooseCancelOn, whose: string): CancelSpec {
  const problem = unknownOption(one, CANCEL_OPTIONS, "one of cancelOn");
  if (problem !== null) throw invalid(whose, problem);
  const { event, match, if: condition, timeout } = one;
  if (typeof event !== "string" || event === "") throw invalid(whose, "each of cancelOn names an event");
  if (event.includes("*")) throw invalid(whose, `cancelOn "${event}": it is one event, without a wildcard`);
  // Signals are told by their names alone, to those that wait for one.
  if (event === SIGNAL_EVENT) throw invalid(whose, `cancelOn "${event}": signals are awaited by step.waitForSignal, and cancel nothing`);
  const where = `${whose}: cancelOn ${shown(event)}`;
  if (match !== undefined) naming(`${where}: match`, () => parsePath(match));
  if (condition !== undefined) naming(`${where}: if`, () => checkCondition(condition, ["event", "async"]));
  return {
    event,
    ...(match === undefined ? {} : { match }),
    ...(condition === undefined ? {} : { if: condition }),
    ...(timeout === undefined ? {} : { timeoutMs: naming(`${where}: timeout`, () => durationMs(timeout)) }),
  };
}

function invalid(whose: string, problem: string): ConfigurationError {
  return new ConfigurationError("INVALID_FUNCTION", `${whose}: ${problem}`);
}

/** `Array.isArray` makes everything inside `any`. */
function isArray(value: unknown): boolean {
  return Array.isArray(value);
}
