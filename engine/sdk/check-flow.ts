// The policies of a function, each checked where it is written, and put as a manifest says it.
import { shown } from "../core/shown.ts";
import type {
  BatchSpec,
  BreakerSpec,
  ConcurrencySpec,
  DebounceSpec,
  FairnessSpec,
  FlowSpec,
  RateLimitSpec,
  SingletonSpec,
  ThrottleSpec,
} from "../workflow/flow/spec.ts";
import type {
  BatchEvents,
  CircuitBreaker,
  ConcurrencyLimit,
  Debounce,
  Fairness,
  FlowOptions,
  Priority,
  RateLimit,
  Singleton,
  Throttle,
} from "./flow-options.ts";
import { checkCount, checkedCondition, checkedKey, checkedNumber, checkNames, checkPeriod, invalidFlow, MAX_LIMIT } from "./flow-values.ts";

const MAX_RATE_LIMIT = 1_000_000;
const MAX_BATCH = 1_000;
const SINGLETON_MODES = ["skip", "cancel"] as const;
const SCOPES = ["fn", "app"] as const;

/** Of `createFunction`. */
export const FLOW_OPTIONS = [
  "concurrency",
  "throttle",
  "rateLimit",
  "debounce",
  "batchEvents",
  "priority",
  "singleton",
  "idempotency",
  "fairness",
  "circuitBreaker",
] as const satisfies readonly (keyof FlowOptions)[];

/** Null without a policy. `whose` names the function, for messages. @throws ConfigurationError `INVALID_FUNCTION`, `INVALID_EXPRESSION`, `INVALID_DURATION` */
export function checkFlow(options: FlowOptions, whose: string): FlowSpec | null {
  const { rateLimit, idempotency, debounce, batchEvents, singleton, throttle, priority, fairness, circuitBreaker, concurrency } = options;
  const flow: FlowSpec = {
    ...(rateLimit === undefined ? {} : { rateLimit: rateLimitSpec(rateLimit, whose) }),
    ...(idempotency === undefined ? {} : { idempotency: checkedKey(`${whose}: idempotency`, idempotency) }),
    ...(debounce === undefined ? {} : { debounce: debounceSpec(debounce, whose) }),
    ...(batchEvents === undefined ? {} : { batch: batchSpec(batchEvents, whose) }),
    ...(singleton === undefined ? {} : { singleton: singletonSpec(singleton, whose) }),
    ...(throttle === undefined ? {} : { throttle: throttleSpec(throttle, whose) }),
    ...(priority === undefined ? {} : { priority: priorityText(priority, whose) }),
    ...(fairness === undefined ? {} : { fairness: fairnessSpec(fairness, whose) }),
    ...(circuitBreaker === undefined ? {} : { breaker: breakerSpec(circuitBreaker, whose) }),
    ...(concurrency === undefined ? {} : { concurrency: concurrencySpecs(concurrency, whose) }),
  };
  return Object.keys(flow).length === 0 ? null : flow;
}

function rateLimitSpec(given: RateLimit, whose: string): RateLimitSpec {
  checkNames(given, ["limit", "period", "key"], whose, "rateLimit");
  return {
    limit: checkCount(`${whose}: rateLimit.limit`, given.limit, MAX_RATE_LIMIT),
    periodMs: checkPeriod(`${whose}: rateLimit.period`, given.period),
    ...keyOf(given, `${whose}: rateLimit`),
  };
}

function debounceSpec(given: Debounce, whose: string): DebounceSpec {
  checkNames(given, ["period", "key", "timeout"], whose, "debounce");
  const periodMs = checkPeriod(`${whose}: debounce.period`, given.period);
  const key = keyOf(given, `${whose}: debounce`);
  if (given.timeout === undefined) return { periodMs, ...key };
  const timeoutMs = checkPeriod(`${whose}: debounce.timeout`, given.timeout);
  if (timeoutMs >= periodMs) return { periodMs, ...key, timeoutMs };
  const problem = `the time-out of ${shown(given.timeout)} would be over before the period of ${shown(given.period)}`;
  throw invalidFlow(`${whose}: debounce`, `${problem}. Make it as long as the period, or longer`);
}

function batchSpec(given: BatchEvents, whose: string): BatchSpec {
  checkNames(given, ["maxSize", "timeout", "key", "if"], whose, "batchEvents");
  return {
    maxSize: checkCount(`${whose}: batchEvents.maxSize`, given.maxSize, MAX_BATCH),
    timeoutMs: checkPeriod(`${whose}: batchEvents.timeout`, given.timeout),
    ...keyOf(given, `${whose}: batchEvents`),
    ...(given.if === undefined ? {} : { if: checkedCondition(`${whose}: batchEvents.if`, given.if) }),
  };
}

function singletonSpec(given: Singleton, whose: string): SingletonSpec {
  checkNames(given, ["mode", "key"], whose, "singleton");
  return { mode: oneOf(SINGLETON_MODES, given.mode, `${whose}: singleton.mode`), ...keyOf(given, `${whose}: singleton`) };
}

function throttleSpec(given: Throttle, whose: string): ThrottleSpec {
  checkNames(given, ["limit", "period", "burst", "key"], whose, "throttle");
  return {
    limit: checkCount(`${whose}: throttle.limit`, given.limit, MAX_LIMIT),
    periodMs: checkPeriod(`${whose}: throttle.period`, given.period),
    burst: checkCount(`${whose}: throttle.burst`, given.burst ?? 1, MAX_LIMIT),
    ...keyOf(given, `${whose}: throttle`),
  };
}

function priorityText(given: Priority, whose: string): string {
  checkNames(given, ["run"], whose, "priority");
  return checkedNumber(`${whose}: priority.run`, given.run);
}

function fairnessSpec(given: Fairness, whose: string): FairnessSpec {
  checkNames(given, ["key", "weight"], whose, "fairness");
  return {
    key: checkedKey(`${whose}: fairness.key`, given.key),
    ...(given.weight === undefined ? {} : { weight: checkedNumber(`${whose}: fairness.weight`, given.weight) }),
  };
}

function breakerSpec(given: CircuitBreaker, whose: string): BreakerSpec {
  checkNames(given, ["errorRate", "window", "cooldown", "key"], whose, "circuitBreaker");
  const { errorRate } = given;
  if (!(typeof errorRate === "number" && errorRate > 0 && errorRate <= 1)) {
    throw invalidFlow(
      `${whose}: circuitBreaker.errorRate`,
      `it is a part of 1, such as 0.5: above 0, and 1 at most, not ${shown(errorRate)}`,
    );
  }
  return {
    errorRate,
    windowMs: checkPeriod(`${whose}: circuitBreaker.window`, given.window),
    cooldownMs: checkPeriod(`${whose}: circuitBreaker.cooldown`, given.cooldown),
    ...keyOf(given, `${whose}: circuitBreaker`),
  };
}

function concurrencySpecs(given: NonNullable<FlowOptions["concurrency"]>, whose: string): readonly ConcurrencySpec[] {
  const where = `${whose}: concurrency`;
  if (typeof given === "number") return [{ limit: checkCount(where, given, MAX_LIMIT), scope: "fn" }];
  const limits: readonly ConcurrencyLimit[] = isList(given) ? given : [given];
  for (const limit of limits) {
    if (typeof limit === "object" && limit !== null) continue;
    const what = isList(given)
      ? "in a list each is a limit, such as { limit: 5 }"
      : "it is a number, such as 5, a limit, such as { limit: 5 }, or a list of one or two limits";
    throw invalidFlow(where, `${what}, not ${shown(limit)}`);
  }
  if (limits.length === 1 || limits.length === 2) return limits.map((limit) => concurrencySpec(limit, whose));
  throw invalidFlow(where, `it is a number, a limit, or a list of one or two of them, not of ${limits.length}`);
}

function concurrencySpec(given: ConcurrencyLimit, whose: string): ConcurrencySpec {
  const where = `${whose}: concurrency`;
  checkNames(given, ["limit", "key", "scope"], whose, "concurrency");
  const scope = oneOf(SCOPES, given.scope ?? "fn", `${where}.scope`);
  const spec = { limit: checkCount(`${where}.limit`, given.limit, MAX_LIMIT), ...keyOf(given, where), scope };
  if (scope === "fn" || given.key !== undefined) return spec;
  throw invalidFlow(
    where,
    `functions share a limit by its key: give it one, such as key: '"crm"', which is a name, or "event.data.tenant"`,
  );
}

function keyOf(given: { readonly key?: string }, where: string): { readonly key?: string } {
  return given.key === undefined ? {} : { key: checkedKey(`${where}.key`, given.key) };
}

function oneOf<Name extends string>(names: readonly Name[], given: string, where: string): Name {
  const found = names.find((name) => name === given);
  if (found !== undefined) return found;
  throw invalidFlow(where, `it is one of ${names.join(", ")}, not ${shown(given)}`);
}

/** `Array.isArray` does not know lists that cannot be changed. */
function isList(given: ConcurrencyLimit | readonly ConcurrencyLimit[]): given is readonly ConcurrencyLimit[] {
  return Array.isArray(given);
}
