// Policies are checked where they are written: what cannot work never gets into a manifest, and whoever wrote it is told what can.
import { describe, expect, test } from "vitest";
import { declareFunction } from "../../../engine/sdk/create-function.ts";
import type { FlowOptions } from "../../../engine/sdk/flow-options.ts";
import { manifestText, parseManifest, type FunctionSpec } from "../../../engine/workflow/trigger/manifest.ts";

function declare(more: object): FunctionSpec {
  return declareFunction({ id: "f", triggers: [{ event: "go" }], ...more }, () => null).spec;
}

/** Of what may be written by who has no types. */
function refusalOf(more: object): { readonly code: unknown; readonly message: string } {
  try {
    declare(more);
  } catch (error) {
    if (error instanceof Error && "code" in error) return { code: error.code, message: error.message };
  }
  return { code: null, message: "" };
}

test("each policy comes out as a manifest says it", () => {
  const all: FlowOptions = {
    rateLimit: { limit: 1_000_000, period: "1h", key: "event.data.user" },
    idempotency: "event.data.order",
    debounce: { period: "10s", timeout: "1m", key: "event.data.page" },
    singleton: { mode: "cancel", key: "event.data.user" },
    throttle: { limit: 100, period: "1 minute", burst: 5, key: "event.data.user" },
    priority: { run: "event.data.paid ? 120 : 0" },
    fairness: { key: "event.data.tenant", weight: "event.data.size" },
    circuitBreaker: { errorRate: 0.5, window: "1m", cooldown: "30s", key: '"crm"' },
    concurrency: [
      { limit: 10, key: '"crm"', scope: "app" },
      { limit: 2, key: "event.data.tenant" },
    ],
  };
  expect(declare(all).flow).toEqual({
    rateLimit: { limit: 1_000_000, periodMs: 3_600_000, key: "event.data.user" },
    idempotency: "event.data.order",
    debounce: { periodMs: 10_000, timeoutMs: 60_000, key: "event.data.page" },
    singleton: { mode: "cancel", key: "event.data.user" },
    throttle: { limit: 100, periodMs: 60_000, burst: 5, key: "event.data.user" },
    priority: "event.data.paid ? 120 : 0",
    fairness: { key: "event.data.tenant", weight: "event.data.size" },
    breaker: { errorRate: 0.5, windowMs: 60_000, cooldownMs: 30_000, key: '"crm"' },
    concurrency: [
      { limit: 10, key: '"crm"', scope: "app" },
      { limit: 2, key: "event.data.tenant", scope: "fn" },
    ],
  });
});

test("what is left away has its default, and no policy is none", () => {
  expect(declare({ concurrency: 5 }).flow).toEqual({ concurrency: [{ limit: 5, scope: "fn" }] });
  expect(declare({ concurrency: { limit: 5 } }).flow).toEqual({ concurrency: [{ limit: 5, scope: "fn" }] });
  expect(declare({ throttle: { limit: 1, period: 1_000 } }).flow).toEqual({ throttle: { limit: 1, periodMs: 1_000, burst: 1 } });
  expect(declare({ batchEvents: { maxSize: 10, timeout: "5s", if: "event.data.small" } }).flow).toEqual({
    batch: { maxSize: 10, timeoutMs: 5_000, if: "event.data.small" },
  });
  expect(declare({})).not.toHaveProperty("flow");
  expect(declare({ concurrency: undefined, throttle: undefined })).not.toHaveProperty("flow");
});

test("a manifest has the same text in whatever order policies and their options were written, and gives them back", () => {
  const one = declare({ throttle: { limit: 2, period: "1s", key: "event.key" }, concurrency: 5 });
  const other = declare({ concurrency: { scope: "fn", limit: 5 }, throttle: { key: "event.key", burst: 1, period: 1_000, limit: 2 } });
  const text = manifestText({ functions: [one], sources: [] });
  expect(manifestText({ functions: [other], sources: [] })).toBe(text);
  expect(parseManifest(text).functions).toEqual([one]);
});

describe("refused, by function, policy, what was given and what can be, is", () => {
  test.each<[string, object, string]>([
    ["no concurrency at all", { concurrency: 0 }, "concurrency: it is a whole number from 1 to 100,000, not 0"],
    ["a part of a step", { concurrency: 1.5 }, "concurrency: it is a whole number from 1 to 100,000, not 1.5"],
    [
      "concurrency without end",
      { concurrency: { limit: Infinity } },
      "concurrency.limit: it is a whole number from 1 to 100,000, not Infinity",
    ],
    [
      "concurrency as a text",
      { concurrency: "5" },
      'concurrency: it is a number, such as 5, a limit, such as { limit: 5 }, or a list of one or two limits, not "5"',
    ],
    ["an empty list of limits", { concurrency: [] }, "a list of one or two of them, not of 0"],
    ["three limits", { concurrency: [{ limit: 1 }, { limit: 2 }, { limit: 3 }] }, "a list of one or two of them, not of 3"],
    ["numbers in a list", { concurrency: [5, 6] }, "concurrency: in a list each is a limit, such as { limit: 5 }, not 5"],
    ["another scope", { concurrency: { limit: 1, scope: "account" } }, 'concurrency.scope: it is one of fn, app, not "account"'],
    ["a shared limit without a name", { concurrency: { limit: 1, scope: "app" } }, `give it one, such as key: '"crm"'`],
    ["a misspelt option", { concurrency: { limit: 1, kye: "event.key" } }, 'concurrency has an unknown option "kye": did you mean key?'],
    ["a throttle of nothing", { throttle: { limit: 0, period: "1s" } }, "throttle.limit: it is a whole number from 1 to 100,000, not 0"],
    ["a throttle without a limit", { throttle: { period: "1s" } }, "throttle.limit: it is a whole number from 1 to 100,000, not undefined"],
    ["no burst", { throttle: { limit: 1, period: "1s", burst: 0 } }, "throttle.burst: it is a whole number from 1"],
    ["a throttle that is a number", { throttle: 5 }, "throttle takes an object with limit, period, burst, key, not 5"],
    ["a throttle that is null", { throttle: null }, "throttle takes an object with limit, period, burst, key, not null"],
    ["burst of a rate limit", { rateLimit: { limit: 1, period: "1s", burst: 2 } }, 'rateLimit has an unknown option "burst"'],
    [
      "a rate limit past its bound",
      { rateLimit: { limit: 1_000_001, period: "1s" } },
      "rateLimit.limit: it is a whole number from 1 to 1,000,000",
    ],
    ["a time-out within the period", { debounce: { period: "10s", timeout: "5s" } }, 'debounce: the time-out of "5s" would be over before'],
    [
      "a batch past its bound",
      { batchEvents: { maxSize: 1_001, timeout: "1s" } },
      "batchEvents.maxSize: it is a whole number from 1 to 1,000",
    ],
    ["a priority that is a text", { concurrency: 1, priority: "event.data.rank" }, "priority takes an object with run"],
    ["a singleton of no mode", { singleton: {} }, "singleton.mode: it is one of skip, cancel, not undefined"],
    ["fairness without a key", { concurrency: 1, fairness: {} }, "fairness.key: it is CEL over event"],
    [
      "a key that is no text",
      { singleton: { mode: "skip", key: 5 } },
      'singleton.key: it is CEL over event, such as "event.data.userId", not 5',
    ],
    ["no idempotency", { idempotency: true }, "idempotency: it is CEL over event"],
    [
      "an error rate of none",
      { circuitBreaker: { errorRate: 0, window: "1m", cooldown: "1m" } },
      "circuitBreaker.errorRate: it is a part of 1",
    ],
    ["one in hundredths", { circuitBreaker: { errorRate: 50, window: "1m", cooldown: "1m" } }, "above 0, and 1 at most, not 50"],
  ])("%s", (_, more, problem) => {
    const { code, message } = refusalOf(more);
    expect(message).toContain(problem);
    expect(message).toMatch(/^function "f": /);
    expect(code).toBe("INVALID_FUNCTION");
  });

  test.each<[string, object, string]>([
    [
      "no time",
      { throttle: { limit: 1 } },
      'throttle.period: it is a duration from 1 second to 7 days, such as "90s" or "1 day", not undefined',
    ],
    [
      "a unit that there is not",
      { debounce: { period: "5 fortnights" } },
      'debounce.period: it is a duration from 1 second to 7 days, such as "90s" or "1 day", not "5 fortnights"',
    ],
    ["less than a second", { rateLimit: { limit: 1, period: 999 } }, "rateLimit.period: it is from 1 second to 7 days, not 999"],
    [
      "more than a week",
      { batchEvents: { maxSize: 2, timeout: "8 days" } },
      'batchEvents.timeout: it is from 1 second to 7 days, not "8 days"',
    ],
    ["a time-out past a week", { debounce: { period: "1s", timeout: "8d" } }, "debounce.timeout: it is from 1 second"],
    [
      "a window of nothing",
      { circuitBreaker: { errorRate: 0.5, window: 0, cooldown: "1m" } },
      "circuitBreaker.window: it is from 1 second",
    ],
    [
      "no cooldown",
      { circuitBreaker: { errorRate: 0.5, window: "1m" } },
      "circuitBreaker.cooldown: it is a duration from 1 second to 7 days",
    ],
    ["a time-out for the start", { timeouts: { start: "5 apples" } }, 'timeouts.start: "5 apples" is not a duration'],
    ["one for the end", { timeouts: { finish: "5 apples" } }, 'timeouts.finish: "5 apples" is not a duration'],
    ["one of a cancellation", { cancelOn: [{ event: "gone", timeout: "soon" }] }, 'cancelOn "gone": timeout: "soon" is not a duration'],
  ])("%s as a time", (_, more, problem) => {
    const { code, message } = refusalOf(more);
    expect(message).toContain(problem);
    expect(message).toMatch(/^function "f": /);
    expect(code).toBe("INVALID_DURATION");
  });

  test.each<[string, object, string]>([
    ["throttle.key", { throttle: { limit: 1, period: "1s", key: "data.user" } }, "Write whose: event.data"],
    ["rateLimit.key", { rateLimit: { limit: 1, period: "1s", key: "event.user" } }, "Did you mean event.data.user?"],
    ["debounce.key", { debounce: { period: "1s", key: "event.data.a = 1" } }, "Equality is written =="],
    ["batchEvents.key", { batchEvents: { maxSize: 2, timeout: "1s", key: "" } }, "event.data.userId"],
    ["batchEvents.if", { batchEvents: { maxSize: 2, timeout: "1s", if: "size(event.data.a)" } }, "of type int, not true or false"],
    ["singleton.key", { singleton: { mode: "skip", key: "[event.key]" } }, "tells nothing apart"],
    ["idempotency", { idempotency: "event.data.user-id" }, 'event.data["user-id"]'],
    ["fairness.key", { concurrency: 1, fairness: { key: "event" } }, "tells nothing apart"],
    ["fairness.weight", { concurrency: 1, fairness: { key: "event.key", weight: '"2"' } }, "of type string, not a number"],
    ["priority.run", { concurrency: 1, priority: { run: "event.data.paid == true" } }, "of type bool, not a number"],
    [
      "circuitBreaker.key",
      { circuitBreaker: { errorRate: 0.5, window: "1m", cooldown: "1m", key: "async.data.a" } },
      "A key knows the event",
    ],
    ["concurrency.key", { concurrency: { limit: 1, key: "event.data.a.map(x, x)" } }, "there is no map()"],
  ])("in %s what is no expression for it", (option, more, problem) => {
    const { code, message } = refusalOf(more);
    expect(message).toContain(problem);
    expect(message.startsWith(`function "f": ${option}: `)).toBe(true);
    expect(code).toBe("INVALID_EXPRESSION");
  });

  test("a policy whose name is misspelt", () => {
    expect(refusalOf({ throtle: { limit: 1, period: "1s" } }).message).toContain('unknown option "throtle": did you mean throttle?');
    expect(refusalOf({ batchEvent: {} }).message).toContain("did you mean batchEvents?");
  });
});
