// Policies that do not go together are refused when the function is created, with the reason and what to do instead.
import { describe, expect, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";
import { declareFunction } from "../../../engine/sdk/create-function.ts";

const BATCH = { batchEvents: { maxSize: 10, timeout: "5s" } };
const BATCH_BY_TENANT = { batchEvents: { ...BATCH.batchEvents, key: "event.data.tenant" } };
const BREAKER = { errorRate: 0.5, window: "1m", cooldown: "10s" };
const THROTTLE = { limit: 10, period: "1s" };
const CRON = { triggers: [{ cron: "0 9 * * *" }] };

function declare(more: object): unknown {
  return declareFunction({ id: "f", triggers: [{ event: "go" }], ...more }, () => null);
}

describe("refused, with the reason and what to do instead, is", () => {
  test.each<[string, object, string, string]>([
    ["a batch of which the last counts alone", { ...BATCH, debounce: { period: "1s" } }, "batchEvents and debounce", "Decide for one"],
    ["a batch that one run keeps away", { ...BATCH, singleton: { mode: "skip" } }, "batchEvents and singleton", "concurrency: 1"],
    [
      "a batch of which events are skipped",
      { ...BATCH, rateLimit: THROTTLE },
      "batchEvents and rateLimit",
      "throttle starts batches at a rate",
    ],
    ["a batch of which each counts once", { ...BATCH, idempotency: "event.data.id" }, "batchEvents and idempotency", "Give events an id"],
    [
      "a limit per tenant for a batch of all tenants",
      { ...BATCH, concurrency: [{ limit: 9 }, { limit: 1, key: "event.data.tenant" }] },
      "batchEvents gathers events of all values of concurrency.key",
      'Give batchEvents the same key: "event.data.tenant"',
    ],
    [
      "a throttle per tenant for a batch of all tenants",
      { ...BATCH, throttle: { ...THROTTLE, key: "event.data.tenant" } },
      "all values of throttle.key",
      "Give batchEvents the same key",
    ],
    [
      "shares of tenants for a batch of all tenants",
      { batchEvents: { ...BATCH.batchEvents, key: '"all"' }, concurrency: 1, fairness: { key: "event.data.tenant" } },
      "all values of fairness.key",
      "Give batchEvents the same key",
    ],
    [
      "a batch that is cancelled by what its first event says",
      { ...BATCH, cancelOn: [{ event: "gone", match: "data.user" }] },
      'cancelOn "gone" compares with one event',
      'Where batchEvents.key is "event.data.user"',
    ],
    [
      "the same by a condition",
      { ...BATCH_BY_TENANT, cancelOn: [{ event: "gone", if: "event.data.user == async.data.user" }] },
      'cancelOn "gone" compares with one event',
      "Without match and if",
    ],
    [
      "one run for a value of whose events the last counts",
      { debounce: { period: "1s", key: "event.data.id" }, idempotency: "event.data.id" },
      "the first event of a value would be its only one",
      "Leave idempotency away",
    ],
    ["the same limit twice", { concurrency: [{ limit: 5 }, { limit: 3 }] }, "3 alone would count", "give it another key"],
    [
      "the same limit twice, by keys that are written differently",
      {
        concurrency: [
          { limit: 3, key: "event.data.k" },
          { limit: 5, key: ' event.data["k"]' },
        ],
      },
      "two limits with the same key and scope",
      "Leave the other away",
    ],
    [
      "the same limit twice, by key and scope",
      { concurrency: [1, 2].map((limit) => ({ limit, key: "event.data.a" })) },
      "1 alone would count",
      "Leave the other away",
    ],
    [
      "a breaker of everything beside a limit per tenant",
      { circuitBreaker: BREAKER, concurrency: { limit: 1, key: "event.data.tenant" } },
      "their keys differ",
      'Give it key: "event.data.tenant"',
    ],
    [
      "a breaker per tenant beside a limit of all",
      { circuitBreaker: { ...BREAKER, key: "event.data.tenant" }, concurrency: [{ limit: 5 }, { limit: 1, key: "event.data.tenant" }] },
      "their keys differ",
      "let the limit whose key it has be the first",
    ],
    ["priority where nothing waits", { priority: { run: "1" } }, "none ever waits", "Give it concurrency, throttle or circuitBreaker"],
    ["priority behind a gate that does not queue", { ...BATCH, priority: { run: "1" } }, "none ever waits", "leave priority away"],
    ["shares of nothing", { fairness: { key: "event.data.tenant" } }, "nothing is", "Give it concurrency or throttle"],
    [
      "shares of what each has alone",
      { fairness: { key: "event.data.tenant" }, concurrency: { limit: 1, key: "event.data.tenant" } },
      "nothing is shared",
      "Add a limit without that key",
    ],
    [
      "shares of a limit that is not where runs live",
      { fairness: { key: "event.data.tenant" }, concurrency: [{ limit: 1, key: "event.data.tenant" }, { limit: 9 }] },
      "kept at the first concurrency limit",
      "be the first of the two",
    ],
    ["shares of nobody", { fairness: { key: '"all"' }, concurrency: 1 }, "the same for all events", "event.data.tenant"],
    ["a batch of a cron", { ...CRON, ...BATCH }, "no event triggers it", "Give it a trigger"],
    ["a debounce of what is only invoked", { triggers: [], debounce: { period: "1s" } }, "no event triggers it", "leave debounce away"],
    [
      "a key that no cron has",
      { ...CRON, singleton: { mode: "skip", key: "event.data.tenant" } },
      "singleton.key looks at event.data.tenant, and a cron's event has event.data.cron and event.data.tick alone",
      "Leave the key away",
    ],
  ])("%s", (_, more, reason, advice) => {
    expect(() => declare(more)).toThrow(expect.objectContaining({ code: "INVALID_FUNCTION" }));
    expect(() => declare(more)).toThrow(reason);
    expect(() => declare(more)).toThrow(advice);
    expect(() => declare(more)).toThrow('function "f": ');
  });
});

describe("taken together are", () => {
  test.each<[string, object]>([
    [
      "a batch, its order and its limits by one key",
      { ...BATCH_BY_TENANT, concurrency: { limit: 1, key: "event.data.tenant" }, priority: { run: "event.data.n" } },
    ],
    ["a batch of all and a limit of all, with a name", { ...BATCH, concurrency: { limit: 1, key: '"crm"', scope: "app" } }],
    [
      "a batch by a finer key than its limit",
      { batchEvents: { ...BATCH.batchEvents, key: "event.data.user" }, throttle: { ...THROTTLE, key: "event.data.tenant" } },
    ],
    ["a batch and what cancels all of them", { ...BATCH, cancelOn: [{ event: "stop" }, { event: "halt", if: "async.data.all" }] }],
    ["a batch that is cancelled by its key", { ...BATCH_BY_TENANT, cancelOn: [{ event: "gone", match: "data.tenant" }] }],
    [
      "a debounce and one run at a time",
      { debounce: { period: "1s", key: "event.data.page" }, singleton: { mode: "cancel", key: "event.data.page" } },
    ],
    ["a debounce of distinct messages", { debounce: { period: "1s", key: "event.data.page" }, idempotency: "event.data.message" }],
    ["a rate limit before a debounce", { rateLimit: THROTTLE, debounce: { period: "1s" } }],
    ["one run at a time with few steps", { singleton: { mode: "skip" }, concurrency: 2 }],
    [
      "two limits of one key in two scopes",
      {
        concurrency: [
          { limit: 2, key: "event.key" },
          { limit: 5, key: "event.key", scope: "app" },
        ],
      },
    ],
    ["a breaker and a limit with a name", { circuitBreaker: BREAKER, concurrency: { limit: 5, key: '"crm"', scope: "app" } }],
    [
      "a breaker by the limit's key",
      { circuitBreaker: { ...BREAKER, key: "event.data.tenant" }, concurrency: { limit: 5, key: "event.data.tenant" } },
    ],
    ["a breaker alone, with an order", { circuitBreaker: { ...BREAKER, key: "event.data.tenant" }, priority: { run: "1" } }],
    [
      "shares of a throttle, with a limit for each",
      { throttle: THROTTLE, fairness: { key: "event.data.tenant" }, concurrency: { limit: 1, key: "event.data.tenant" } },
    ],
    [
      "shares of the first of two limits",
      { fairness: { key: "event.data.tenant" }, concurrency: [{ limit: 9 }, { limit: 1, key: "event.data.tenant" }] },
    ],
    ["a cron and limits without keys", { ...CRON, concurrency: 1, rateLimit: THROTTLE, singleton: { mode: "skip" } }],
    ["crons told apart by what they are", { ...CRON, singleton: { mode: "skip", key: "event.data.cron" } }],
    [
      "a cron beside events, with a key that it has not",
      { triggers: [{ event: "go" }, { cron: "0 9 * * *" }], concurrency: { limit: 1, key: "event.data.tenant" } },
    ],
    ["what is only invoked, with a key", { triggers: [], concurrency: { limit: 1, key: "event.data.tenant" } }],
  ])("%s", (_, more) => {
    expect(() => declare(more)).not.toThrow();
  });
});

describe("a limit that functions share", () => {
  const shared = (limit: number, key = '"crm"') => ({ triggers: [{ event: "go" }], concurrency: { limit, key, scope: "app" } }) as const;

  test("is the same for all of them, or they are not taken", () => {
    const app = new Millrace({ id: "shop" });
    app.createFunction({ id: "a", ...shared(5) }, () => null);
    expect(() => app.createFunction({ id: "b", ...shared(6) }, () => null)).toThrow(
      'function "b": concurrency: its limit is 6, and function "a" has 5 with the same key and scope app',
    );
    app.createFunction({ id: "b", ...shared(5) }, () => null);
    app.createFunction({ id: "c", ...shared(6, '"mail"') }, () => null);
  });

  test("is told by what its key says, however it is written", () => {
    const app = new Millrace({ id: "shop" });
    app.createFunction({ id: "a", ...shared(5) }, () => null);
    for (const key of ["'crm'", ' "crm" ', '("crm")']) {
      expect(() => app.createFunction({ id: "b", ...shared(6, key) }, () => null)).toThrow("with the same key and scope app");
    }
    expect(declareFunction({ id: "b", ...shared(5, "'crm'") }, () => null).spec).toEqual(
      declareFunction({ id: "b", ...shared(5) }, () => null).spec,
    );
  });

  test("has nothing to do with limits of functions by the same key", () => {
    const app = new Millrace({ id: "shop" });
    app.createFunction({ id: "a", ...shared(5) }, () => null);
    app.createFunction({ id: "b", triggers: [{ event: "go" }], concurrency: { limit: 6, key: '"crm"' } }, () => null);
  });
});
