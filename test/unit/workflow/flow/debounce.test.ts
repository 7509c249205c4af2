import fc from "fast-check";
import { expect, test } from "vitest";
import { debounceDue } from "../../../../engine/workflow/flow/counts/debounce.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { rounds } from "../../../support/rounds.ts";

test("a debounced event goes on after a quiet time, which each other puts off", () => {
  expect(debounceDue(undefined, { periodMs: 500 }, T0)).toBe(T0 + 500);
  expect(debounceDue({ since: T0 }, { periodMs: 500 }, T0 + 499)).toBe(T0 + 999);
  expect(debounceDue({ since: T0 }, { periodMs: 500 }, T0 + 10_000_000)).toBe(T0 + 10_000_500);
});

test("its time-out is from the first on: then it goes on, however many come", () => {
  const spec = { periodMs: 500, timeoutMs: 1_200 };
  expect(debounceDue(undefined, spec, T0)).toBe(T0 + 500);
  expect(debounceDue({ since: T0 }, spec, T0 + 600)).toBe(T0 + 1_100);
  expect(debounceDue({ since: T0 }, spec, T0 + 1_000)).toBe(T0 + 1_200);
  expect(debounceDue(undefined, { periodMs: 500, timeoutMs: 100 }, T0)).toBe(T0 + 100);
});

test("a time-out that a new manifest made so short that it is over means now", () => {
  expect(debounceDue({ since: T0 }, { periodMs: 500, timeoutMs: 100 }, T0 + 400)).toBe(T0 + 400);
});

test("however events come, it goes on between the last one and a period later, and no later than the time-out", () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(5_000), fc.array(fc.nat(1_200), { maxLength: 50 }), (periodMs, timeoutMs, gaps) => {
      let due = debounceDue(undefined, { periodMs, timeoutMs }, T0);
      let now = T0;
      for (const gap of gaps) {
        if (now + gap >= due) break;
        now += gap;
        due = debounceDue({ since: T0 }, { periodMs, timeoutMs }, now);
        expect(due).toBe(Math.min(now + periodMs, T0 + timeoutMs));
        expect(due).toBeGreaterThanOrEqual(now);
      }
    }),
    rounds(1_000),
  );
});
