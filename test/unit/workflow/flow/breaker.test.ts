import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MIN_ATTEMPTS, noted, openUntil, stateOf } from "../../../../engine/workflow/flow/counts/breaker.ts";
import type { BreakerSpec } from "../../../../engine/workflow/flow/spec.ts";
import type { FlowCell } from "../../../../engine/workflow/flow/state.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { rounds } from "../../../support/rounds.ts";

const HALF: BreakerSpec = { errorRate: 0.5, windowMs: 16_000, cooldownMs: 5_000 };
const DAY = 86_400_000;

interface Attempt {
  readonly at: number;
  readonly failed: boolean;
}

const spec: fc.Arbitrary<BreakerSpec> = fc.record({
  errorRate: fc.constantFrom(0.01, 0.07, 0.3, 0.5, 0.9, 1),
  windowMs: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.constantFrom(1, 16, 17, 1_000)),
  cooldownMs: fc.integer({ min: 0, max: 300 }),
});
const attempts = fc.array(fc.record({ gap: fc.oneof(fc.constant(0), fc.nat(4), fc.nat(700)), failed: fc.boolean() }), {
  minLength: 1,
  maxLength: 150,
  size: "max",
});

/** A cell after attempts that ended at one time. */
function after(at: number, outcomes: string, breaker = HALF, from?: FlowCell): FlowCell | undefined {
  let cell = from;
  for (const outcome of outcomes) cell = noted(cell, breaker, at, outcome === "x") ?? cell;
  return cell;
}

describe("a closed breaker", () => {
  test("opens with the failure by which its rate is reached, and with no fewer than ten attempts", () => {
    expect(stateOf(undefined, HALF, T0)).toBe("closed");
    expect(stateOf(after(T0, "xxxxxxxxx"), HALF, T0)).toBe("closed");
    expect(stateOf(after(T0, "xxxxxxxxxx"), HALF, T0)).toBe("open");
    expect(stateOf(after(T0, "......xxxxx"), HALF, T0)).toBe("closed");
    expect(stateOf(after(T0, "......xxxxxx"), HALF, T0)).toBe("open");
  });

  test("is not opened by a success, though it is the tenth", () => {
    expect(stateOf(after(T0, "xxxxxxxxx."), HALF, T0)).toBe("closed");
    expect(stateOf(after(T0, "xxxxxxxxx.x"), HALF, T0)).toBe("open");
  });

  test("opens exactly at its rate, also where that is no binary fraction", () => {
    const breaker = { ...HALF, errorRate: 0.07 };
    const cell = after(T0, ".".repeat(93) + "xxxxxx", breaker);
    expect(stateOf(cell, breaker, T0)).toBe("closed");
    expect(stateOf(after(T0, "x", breaker, cell), breaker, T0)).toBe("open");
  });

  test("counts every attempt in its sixteenth of the window, of which the present one and 15 before it count", () => {
    fc.assert(
      fc.property(spec, attempts, (breaker, history) => {
        const width = Math.ceil(breaker.windowMs / 16);
        let counted: Attempt[] = [];
        let cell: FlowCell | undefined;
        let now = T0;
        for (const { gap, failed } of history) {
          now += gap;
          const before = stateOf(cell, breaker, now);
          const next = noted(cell, breaker, now, failed);
          if (before === "open") {
            expect(next).toBeNull();
            continue;
          }
          if (before === "half-open") counted = [];
          counted = [...counted, { at: now, failed }];
          const first = (Math.floor(now / width) - 15) * width;
          expect(now - first).toBeLessThan(16 * width);
          const within = counted.filter(({ at }) => at >= first);
          const rate = within.filter((one) => one.failed).length / within.length;
          const opens = failed && (before === "half-open" || (within.length >= MIN_ATTEMPTS && rate >= breaker.errorRate));
          expect(next).not.toBeNull();
          cell = next ?? cell;
          expect(stateOf(cell, breaker, now) === "closed").toBe(!opens);
          if (opens) counted = [];
          expect(cell?.numbers.length).toBeLessThanOrEqual(3 + 2 * 16);
        }
      }),
      rounds(1_000),
    );
  });

  test("forgets with the window: failures that are older than it open nothing", () => {
    const cell = after(T0, "xxxxxxxxx");
    const over = cell?.until ?? 0;
    expect(over).toBeGreaterThan(T0 + 15_000);
    expect(over).toBeLessThanOrEqual(T0 + 16_000);
    expect(stateOf(noted(cell, HALF, over - 1, true) ?? undefined, HALF, over - 1)).toBe("open");
    expect(noted(cell, HALF, over, true)).toEqual(noted(undefined, HALF, over, true));
  });

  test("counts anew with another window, and at once with another rate", () => {
    const cell = after(T0, "xxxxx.....");
    expect(stateOf(after(T0, "x", { ...HALF, windowMs: 32_000 }, cell), HALF, T0)).toBe("closed");
    expect(stateOf(after(T0, "x", { ...HALF, errorRate: 0.55 }, cell), HALF, T0)).toBe("closed");
    expect(stateOf(after(T0, "x", { ...HALF, errorRate: 0.5 }, cell), HALF, T0)).toBe("open");
  });
});

describe("an open breaker", () => {
  const open = after(T0, "xxxxxxxxxx");
  const tried = T0 + 5_000;

  test("stays so until its cooldown is over, whatever ends meanwhile, and is half-open then", () => {
    expect(noted(open, HALF, T0 + 4_999, false)).toBeNull();
    expect(noted(open, HALF, T0 + 4_999, true)).toBeNull();
    expect(stateOf(open, HALF, T0 + 4_999)).toBe("open");
    expect(openUntil(open, HALF, T0 + 4_999)).toBe(tried);
    expect(stateOf(open, HALF, tried)).toBe("half-open");
    expect(openUntil(open, HALF, tried)).toBeNull();
    expect(openUntil(undefined, HALF, T0)).toBeNull();
  });

  test("closes with a trial that succeeds, and counts anew from it on", () => {
    const cell = after(tried, ".", HALF, open);
    expect(stateOf(cell, HALF, tried)).toBe("closed");
    expect(cell).toEqual(after(tried, "."));
    expect(stateOf(after(tried, "xxxxxxxx", HALF, cell), HALF, tried)).toBe("closed");
    expect(stateOf(after(tried, "xxxxxxxxx", HALF, cell), HALF, tried)).toBe("open");
  });

  test("opens again with a trial that fails, for as long as before", () => {
    const cell = after(tried, "x", HALF, open);
    expect(openUntil(cell, HALF, tried)).toBe(tried + 5_000);
    expect(stateOf(cell, HALF, tried + 5_000)).toBe("half-open");
  });

  test("is half-open at once with a cooldown that is over", () => {
    expect(stateOf(open, { ...HALF, cooldownMs: 1_000 }, T0 + 1_000)).toBe("half-open");
    expect(openUntil(open, { ...HALF, cooldownMs: 9_000 }, T0 + 1_000)).toBe(T0 + 9_000);
  });

  test("is closed when nobody has tried for a day, be its cell forgotten or not", () => {
    expect(stateOf(open, HALF, tried + DAY - 1)).toBe("half-open");
    expect(open?.until).toBe(tried + DAY);
    expect(stateOf(open, HALF, tried + DAY)).toBe("closed");
    expect(noted(open, HALF, tried + DAY, true)).toEqual(noted(undefined, HALF, tried + DAY, true));
  });
});
