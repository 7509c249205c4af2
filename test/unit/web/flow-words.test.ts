import { expect, test } from "vitest";

import type { FlowSpec } from "../../../engine/workflow/flow/spec.ts";
import { flowInWords, span } from "../../../web/src/pages/functions/flow-words.ts";

const all: Required<FlowSpec> = {
  rateLimit: { limit: 5, periodMs: 60_000, key: "event.data.user" },
  idempotency: "event.data.order",
  debounce: { periodMs: 5_000, timeoutMs: 60_000 },
  batch: { maxSize: 100, timeoutMs: 10_000, if: "event.data.small" },
  singleton: { mode: "cancel" },
  throttle: { limit: 1, periodMs: 90_000, burst: 3 },
  priority: "event.data.rank",
  fairness: { key: "event.data.tenant", weight: "event.data.weight" },
  breaker: { errorRate: 0.5, windowMs: 60_000, cooldownMs: 30_000 },
  concurrency: [
    { limit: 1, scope: "fn" },
    { limit: 10, key: '"crm"', scope: "app" },
  ],
};

test("each part of a function's flow control is a sentence", () => {
  const words = flowInWords(JSON.stringify(all));
  // Concurrency has two.
  expect(words).toHaveLength(Object.keys(all).length + 1);
  expect(words).toContain("Executes at most 1 step at once.");
  expect(words).toContain('Executes at most 10 steps at once for each "crm", together with all functions that name the same limit.');
  expect(words).toContain("Starts one run in 90 seconds, evenly spread, 3 at once after a quiet time. The others wait.");
  for (const sentence of words) expect(sentence).toMatch(/^[A-Z].*\.$/);
});

test("nothing is said of what is not there", () => {
  expect(flowInWords("{}")).toEqual([]);
});

test.each([
  [1_000, "a second"],
  [90_000, "90 seconds"],
  [3_600_000, "an hour"],
  [1_500, "1500 ms"],
])("%d ms is %s", (ms, words) => {
  expect(span(ms)).toBe(words);
});
