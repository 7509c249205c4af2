// What people tell a function: that it starts no runs for a while, or has other limits. Its runs may be anywhere, so every partition is told.
import { shown } from "../core/shown.ts";
import { ConfigurationError } from "../core/configuration-error.ts";
import type { Duration } from "../core/duration.ts";
import type { Override } from "../workflow/flow/limits/limits.ts";
import type { FlowSpec } from "../workflow/flow/spec.ts";
import type { MessageBody } from "../workflow/records.ts";
import type { FunctionSpec } from "../workflow/trigger/manifest.ts";
import type { FlowOverride } from "./flow-options.ts";
import { checkCount, checkNames, checkPeriod, invalidFlow, MAX_LIMIT } from "./flow-values.ts";
import { tellPartition, type CommandTarget } from "../task/tell-partition.ts";

export type FunctionCommand = Extract<MessageBody, { readonly type: "PauseFunction" | "OverrideFlow" }>;

/** What becomes of events while a function is paused. */
export type PausedEvents = "keep" | "skip";

export interface PauseOptions {
  /** Default: `keep`. */
  readonly events?: PausedEvents;
}

const EVENTS: readonly string[] = ["keep", "skip"] satisfies readonly PausedEvents[];

/**
 * What a function declares, where its app's functions are known. Null where none is known, so that it cannot be told whether it is one.
 * @throws ConfigurationError `UNKNOWN_FUNCTION`
 */
export function declaredFlow(functions: ReadonlyMap<string, FunctionSpec> | null, functionId: string): FlowSpec | null {
  if (functions === null || functions.size === 0) return null;
  const spec = functions.get(functionId);
  if (spec !== undefined) return spec.flow ?? {};
  throw new ConfigurationError(
    "UNKNOWN_FUNCTION",
    `there is no function ${shown(functionId)}: the app has ${[...functions.keys()].join(", ")}`,
  );
}

/** @throws ConfigurationError `INVALID_FUNCTION` */
export function pauseCommand(functionId: string, options: PauseOptions = {}): FunctionCommand {
  const where = `pause ${shown(functionId)}`;
  checkNames(options, ["events"], where, "it");
  const { events = "keep" } = options;
  if (!EVENTS.includes(events)) throw invalidFlow(`${where}: events`, `it is one of ${EVENTS.join(", ")}, not ${shown(events)}`);
  return { type: "PauseFunction", functionId, events };
}

export function resumeCommand(functionId: string): FunctionCommand {
  return { type: "PauseFunction", functionId, events: null };
}

export interface OverrideTime {
  readonly for: Duration;
}

/**
 * `flow`: what the function declares, null where that is not known here. `now` in milliseconds since 1970.
 * @throws ConfigurationError `INVALID_FUNCTION`, `INVALID_DURATION`
 */
export function overrideCommand(
  functionId: string,
  limits: FlowOverride,
  time: OverrideTime | undefined,
  flow: FlowSpec | null,
  now: number,
): FunctionCommand {
  const where = `override of ${shown(functionId)}`;
  checkNames(limits, ["concurrency", "throttle"], where, "it");
  if (time === undefined) throw invalidFlow(where, 'it says for how long, as in { for: "1h" }');
  checkNames(time, ["for"], where, "the time");
  const { concurrency, throttle } = limits;
  if (concurrency === undefined && throttle === undefined) throw invalidFlow(where, "it changes nothing. Give it concurrency or throttle");
  const checked: Override = {
    ...(concurrency === undefined ? {} : { concurrency: checkLimits(concurrency, where) }),
    ...(throttle === undefined ? {} : { throttle: checkRate(throttle, where) }),
  };
  if (flow !== null) checkDeclared(checked, flow, where);
  return { type: "OverrideFlow", functionId, limits: JSON.stringify(checked), until: now + checkPeriod(`${where}: for`, time.for) };
}

/** The limits are as they are declared again. */
export function endOverrideCommand(functionId: string): FunctionCommand {
  return { type: "OverrideFlow", functionId, limits: null, until: 0 };
}

/** Resolves when the log has it for all of them. What fails may have reached some, and can be told again. @throws LogError */
export async function tellFunction(target: CommandTarget, command: FunctionCommand): Promise<void> {
  const partitions = Array.from({ length: target.partitions }, (_, partition) => partition);
  await Promise.all(partitions.map((partition) => tellPartition(target, partition, command)));
}

function checkLimits(given: NonNullable<FlowOverride["concurrency"]>, where: string): readonly (number | null)[] {
  const limits = typeof given === "number" ? [given] : given;
  if (!isList(limits) || limits.length === 0 || limits.length > 2 || limits.every((limit) => limit === null)) {
    throw invalidFlow(`${where}: concurrency`, `it is a number, or a list of one or two, not ${shown(given)}`);
  }
  return limits.map((limit) => (limit === null ? null : checkCount(`${where}: concurrency`, limit, MAX_LIMIT)));
}

function checkRate(given: NonNullable<FlowOverride["throttle"]>, where: string): NonNullable<Override["throttle"]> {
  checkNames(given, ["limit", "period", "burst"], where, "throttle");
  return {
    limit: checkCount(`${where}: throttle.limit`, given.limit, MAX_LIMIT),
    periodMs: checkPeriod(`${where}: throttle.period`, given.period),
    ...(given.burst === undefined ? {} : { burst: checkCount(`${where}: throttle.burst`, given.burst, MAX_LIMIT) }),
  };
}

/** Limits that the function has not are none. */
function checkDeclared({ concurrency = [], throttle }: Override, flow: FlowSpec, where: string): void {
  if (throttle !== undefined && flow.throttle === undefined)
    throw invalidFlow(where, "the function declares no throttle that could be changed");
  const declared = flow.concurrency ?? [];
  if (concurrency.length > declared.length) {
    const count = declared.length === 0 ? "no limit" : "one limit";
    throw invalidFlow(where, `the function declares ${count} of concurrency, and it would change ${concurrency.length}`);
  }
  for (const [index, limit] of concurrency.entries()) {
    if (limit === null || declared[index]?.scope !== "app") continue;
    throw invalidFlow(where, "a limit of scope app belongs to several functions. Change it where they declare it");
  }
}

/** As anybody may call it who has no types; `Array.isArray` makes everything inside `any`. */
function isList(limits: readonly (number | null)[]): boolean {
  return Array.isArray(limits);
}
