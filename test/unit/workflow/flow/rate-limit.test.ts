import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countStart } from "../../../../engine/workflow/flow/counts/rate-limit.ts";
import type { RateLimitSpec } from "../../../../engine/workflow/flow/spec.ts";
import type { FlowCell } from "../../../../engine/workflow/flow/state.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { rounds } from "../../../support/rounds.ts";

interface Outcome {
  readonly at: number;
  readonly spec: RateLimitSpec;
  /** Null: it was allowed. */
  readonly until: number | null;
}

/** Starts that are wanted one after the other. */
class Limiter {
  readonly outcomes: Outcome[] = [];
  cell: FlowCell | undefined;
  /** Most numbers that the cell ever had. */
  largest = 0;

  want(spec: RateLimitSpec, at: number): boolean {
    const counted = countStart(this.cell, spec, at);
    this.outcomes.push({ at, spec, until: counted.allowed ? null : counted.until });
    if (counted.allowed) this.cell = counted.cell;
    this.largest = Math.max(this.largest, this.cell?.numbers.length ?? 0);
    return counted.allowed;
  }

  /** Starts after `from`, up to and with `to`. */
  between(from: number, to: number): number {
    return this.outcomes.filter(({ at, until }) => until === null && at > from && at <= to).length;
  }
}

const periodMs = fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constantFrom(1, 15, 16, 17, 1_000));
const gaps = fc.array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(60), fc.nat(900)), { minLength: 1, maxLength: 120, size: "max" });
const fewAllowed = fc.record({ limit: fc.integer({ min: 1, max: 16 }), periodMs });
const manyAllowed = fc.record({ limit: fc.integer({ min: 17, max: 60 }), periodMs });

function run(spec: RateLimitSpec, steps: readonly number[]): Limiter {
  const limiter = new Limiter();
  let now = T0;
  for (const gap of steps) limiter.want(spec, (now += gap));
  return limiter;
}

describe("a rate limit", () => {
  test("never lets more than its limit start in a window, wherever that begins", () => {
    fc.assert(
      fc.property(fc.oneof(fewAllowed, manyAllowed), gaps, (spec, steps) => {
        const limiter = run(spec, steps);
        for (const { at } of limiter.outcomes) expect(limiter.between(at - spec.periodMs, at)).toBeLessThanOrEqual(spec.limit);
      }),
      rounds(2_000),
    );
  });

  test("of up to 16 refuses nothing that there is room for", () => {
    fc.assert(
      fc.property(fewAllowed, gaps, (spec, steps) => {
        const limiter = run(spec, steps);
        for (const { at, until } of limiter.outcomes) {
          if (until !== null) expect(limiter.between(at - spec.periodMs, at)).toBe(spec.limit);
        }
      }),
      rounds(2_000),
    );
  });

  test("of more than 16 refuses for less than a sixteenth of its period what there is room for", () => {
    fc.assert(
      fc.property(manyAllowed, gaps, (spec, steps) => {
        const limiter = run(spec, steps);
        const longer = spec.periodMs + Math.ceil(spec.periodMs / 16) - 1;
        for (const { at, until } of limiter.outcomes) {
          if (until !== null) expect(limiter.between(at - longer, at)).toBeGreaterThanOrEqual(spec.limit);
        }
      }),
      rounds(2_000),
    );
  });

  test("says when there is room again: then it allows one, and a millisecond before it does not", () => {
    fc.assert(
      fc.property(fc.oneof(fewAllowed, manyAllowed), gaps, (spec, steps) => {
        const limiter = run(spec, steps);
        const counted = countStart(limiter.cell, spec, limiter.outcomes.at(-1)?.at ?? T0);
        if (counted.allowed) return;
        expect(countStart(limiter.cell, spec, counted.until).allowed).toBe(true);
        expect(countStart(limiter.cell, spec, counted.until - 1).allowed).toBe(false);
      }),
      rounds(1_000),
    );
  });

  test("counts no more than 17 slots, however many starts it allows (R16)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 17, max: 5_000 }),
        periodMs,
        fc.array(fc.nat(5), { maxLength: 400, size: "max" }),
        (limit, period, steps) => {
          expect(run({ limit, periodMs: period }, steps).largest).toBeLessThanOrEqual(2 * 17);
        },
      ),
      rounds(300),
    );
  });

  test("counts at once by another limit or period, and holds it for all starts that the one before still held", () => {
    const spec = fc.oneof(fewAllowed, manyAllowed);
    fc.assert(
      fc.property(fc.array(fc.tuple(spec, gaps), { minLength: 1, maxLength: 4 }), (phases) => {
        const limiter = new Limiter();
        let now = T0;
        let shortest = Number.POSITIVE_INFINITY;
        for (const [phase, steps] of phases) {
          shortest = Math.min(shortest, phase.periodMs);
          for (const gap of steps) {
            now += gap;
            if (limiter.want(phase, now)) expect(limiter.between(now - shortest, now)).toBeLessThanOrEqual(phase.limit);
          }
          expect(limiter.largest).toBeLessThanOrEqual(2 * (16 + 17));
        }
      }),
      rounds(1_000),
    );
  });

  test("with another limit lets in what is over the old one, and refuses what is over the new one", () => {
    const limiter = new Limiter();
    for (let n = 0; n < 3; n++) expect(limiter.want({ limit: 3, periodMs: 1_000 }, T0 + n)).toBe(true);
    expect(limiter.want({ limit: 3, periodMs: 1_000 }, T0 + 3)).toBe(false);
    expect(limiter.want({ limit: 100, periodMs: 1_000 }, T0 + 4)).toBe(true);
    expect(limiter.want({ limit: 4, periodMs: 1_000 }, T0 + 5)).toBe(false);
    expect(limiter.want({ limit: 4, periodMs: 2 }, T0 + 6)).toBe(true);
  });

  test("does not care whether a cell that is over was forgotten", () => {
    const spec = { limit: 1, periodMs: 100 };
    const limiter = new Limiter();
    limiter.want(spec, T0);
    expect(limiter.cell?.until).toBe(T0 + 100);
    // By a longer period the start would still count.
    expect(countStart(limiter.cell, { limit: 1, periodMs: 500 }, T0 + 100)).toEqual(
      countStart(undefined, { limit: 1, periodMs: 500 }, T0 + 100),
    );
  });
});
