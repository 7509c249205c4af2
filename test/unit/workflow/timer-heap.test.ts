import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunId } from "../../../engine/core/ids.ts";
import { TimerHeap, type Timer } from "../../../engine/workflow/timer/timer-heap.ts";
import { RUN, runId, step } from "../../support/records.ts";
import { rounds } from "../../support/rounds.ts";

const run = fc.constantFrom(runId("a"), runId("b"), "no id at all" as RunId);
const key = fc.oneof(fc.constantFrom("a", "b"), fc.string()).map((name) => step(name));
const at = fc.oneof(fc.nat(100), fc.nat(2 ** 42), fc.constantFrom(0.5, -1));

/** Every kind: the compiler proves that none is forgotten. */
const timerOf: { readonly [Kind in Timer["kind"]]: fc.Arbitrary<Extract<Timer, { kind: Kind }>> } = {
  step: fc.record({ kind: fc.constant("step"), at, run, step: key }),
  run: fc.record({ kind: fc.constant("run"), at, run }),
  wait: fc.record({ kind: fc.constant("wait"), at, run, step: key }),
  flow: fc.record({ kind: fc.constant("flow"), at, key: fc.string() }),
  cron: fc.record({ kind: fc.constant("cron"), at, functionId: fc.string(), cron: fc.string() }),
};
const timer = fc.oneof(...Object.values<fc.Arbitrary<Timer>>(timerOf));

test("a heap of timers gives what is due as it was pushed, earliest first, and nothing before its time", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(timer, fc.nat(120)), { maxLength: 400, size: "max" }), (history) => {
      const heap = new TimerHeap();
      let expected: Timer[] = [];
      for (const next of history) {
        if (typeof next === "object") {
          heap.push(next);
          expected = [...expected, next].toSorted((a, b) => a.at - b.at);
          continue;
        }
        expect(heap.nextAt()).toBe(expected[0]?.at ?? null);
        const due = expected.filter((waiting) => waiting.at <= next);
        const taken = drained(heap, next);
        expect(taken.map((one) => one.at)).toEqual(due.map((one) => one.at));
        expect(sorted(taken)).toEqual(sorted(due));
        expected = expected.slice(due.length);
        expect(heap.size).toBe(expected.length);
      }
      expect(sorted(drained(heap, Infinity))).toEqual(sorted(expected));
    }),
    rounds(200),
  );
});

test("a heap that begins anew has what it is given, and forgets the rest", () => {
  fc.assert(
    fc.property(fc.array(timer, { maxLength: 100 }), fc.array(timer, { maxLength: 100 }), (before, after) => {
      const heap = new TimerHeap();
      for (const one of before) heap.push(one);
      heap.reset(after);
      expect(heap.size).toBe(after.length);
      expect(sorted(drained(heap, Infinity))).toEqual(sorted(after));
    }),
    rounds(100),
  );
});

test("steps with ever new names are no harm: what has no number is kept as it is (R16)", () => {
  const heap = new TimerHeap();
  for (let n = 0; n < 150_000; n++) heap.push({ kind: "step", at: n, run: RUN, step: step(`step ${n}`) });
  let wrong = 0;
  for (const [n, one] of drained(heap, Infinity).entries()) if (one.kind !== "step" || one.step !== step(`step ${n}`)) wrong += 1;
  expect(wrong).toBe(0);
});

function drained(heap: TimerHeap, now: number): readonly Timer[] {
  const taken: Timer[] = [];
  for (let next = heap.takeDue(now); next !== null; next = heap.takeDue(now)) taken.push(next);
  return taken;
}

function sorted(timers: readonly Timer[]): readonly string[] {
  return timers.map((one) => JSON.stringify(one, Object.keys(one).toSorted())).toSorted();
}
