import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterStart, boundedWeight, enterAt, virtualTimeAfter, virtualTimeOf } from "../../../../engine/workflow/flow/counts/share.ts";
import type { FlowCell } from "../../../../engine/workflow/flow/state.ts";
import { T0 } from "../../../support/fake-clock.ts";
import { rounds } from "../../../support/rounds.ts";

const HOUR = 3_600_000;

/** Shares of one scarce thing, of which the lowest pass starts; of equal ones the first in name. */
class Shares {
  readonly cells = new Map<string, FlowCell>();
  virtual: FlowCell | undefined;
  now = T0;
  readonly #weights: Readonly<Record<string, number>>;

  constructor(weights: Readonly<Record<string, number>>) {
    this.#weights = weights;
  }

  get virtualTime(): number {
    return virtualTimeOf(this.virtual, this.now);
  }

  passOf(share: string): number {
    return enterAt(this.cells.get(share), this.virtualTime, this.now);
  }

  /** One of these is next. */
  start(wanted: readonly string[]): string {
    const [next] = wanted.toSorted((a, b) => this.passOf(a) - this.passOf(b) || (a < b ? -1 : 1));
    if (next === undefined) throw new Error("nothing is wanted");
    this.started(next);
    return next;
  }

  started(share: string): void {
    const pass = this.passOf(share);
    this.cells.set(share, afterStart(this.cells.get(share), this.weightOf(share), this.virtualTime, this.now));
    this.virtual = virtualTimeAfter(this.virtual, pass, this.now) ?? this.virtual;
  }

  /** Thousandths. */
  weightOf(share: string): number {
    return this.#weights[share] ?? 1_000;
  }
}

function countOf(starts: readonly string[], share: string): number {
  return starts.filter((one) => one === share).length;
}

const weight = fc.oneof(fc.integer({ min: 10, max: 5_000 }), fc.constantFrom(10, 1_000, 2_000, 3_000, 1_000_000));
const weights = fc.array(weight, { minLength: 2, maxLength: 8 }).map((all) => Object.fromEntries(all.map((one, n) => [`s${n}`, one])));

describe("shares that are wanted all the time", () => {
  test("start by their weights: starts divided by weights differ by less than one start of each", () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 250 }), (all, count) => {
        const shares = new Shares(all);
        const names = Object.keys(all);
        const starts = Array.from({ length: count }, () => shares.start(names));
        for (const a of names) {
          for (const b of names) {
            const [heavyA, heavyB] = [shares.weightOf(a), shares.weightOf(b)];
            const apart = countOf(starts, a) / heavyA - countOf(starts, b) / heavyB;
            // Passes are whole numbers: a step of one, which is a millionth here, on either side.
            expect(Math.abs(apart)).toBeLessThanOrEqual(1 / heavyA + 1 / heavyB + 2e-6);
          }
        }
      }),
      rounds(500),
    );
  });

  test("of equal weight take turns", () => {
    const shares = new Shares({});
    expect(Array.from({ length: 7 }, () => shares.start(["a", "b", "c"]))).toEqual(["a", "b", "c", "a", "b", "c", "a"]);
  });

  test("do not drift, though a third of a stride is no whole number", () => {
    const shares = new Shares({ a: 3_000, b: 7_000 });
    const starts = Array.from({ length: 50_000 }, () => shares.start(["a", "b"]));
    expect(Math.abs(countOf(starts, "a") - 15_000)).toBeLessThanOrEqual(1);
  });

  test("have what a changed weight says from the next start on", () => {
    const weightsNow: Record<string, number> = { a: 1_000, b: 1_000 };
    const shares = new Shares(weightsNow);
    for (let n = 0; n < 100; n++) shares.start(["a", "b"]);
    weightsNow["b"] = 4_000;
    const starts = Array.from({ length: 100 }, () => shares.start(["a", "b"]));
    expect(Math.abs(countOf(starts, "b") - 80)).toBeLessThanOrEqual(2);
    // What strides of the weight before left over is not of this one.
    const heavy = afterStart(undefined, 700_000, 0, T0);
    expect(heavy.numbers).toEqual([1, 300_000, 700_000]);
    expect(afterStart(heavy, 10, 0, T0).numbers).toEqual([100_001, 0, 10]);
  });
});

describe("a newcomer", () => {
  test("is among the next, as many as there are shares: what others had before it does not count", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(300), weight, (count, before, ofNewcomer) => {
        const others = Array.from({ length: count }, (_, n) => `s${n}`);
        const shares = new Shares({ z: ofNewcomer });
        for (let n = 0; n < before; n++) shares.start(others);
        const starts = Array.from({ length: count + 1 }, () => shares.start([...others, "z"]));
        expect(starts).toContain("z");
      }),
      rounds(500),
    );
  });

  test("that is wanted now and then neither starves nor has more than its share, whenever it comes and goes", () => {
    const phases = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(weights, phases, (all, history) => {
        const shares = new Shares(all);
        const [guest = "", ...others] = Object.keys(all);
        for (const [isThere, count] of history) {
          const starts = Array.from({ length: count }, () => shares.start(isThere ? [guest, ...others] : others));
          if (!isThere) continue;
          for (const other of others) {
            const [heavy, otherHeavy] = [shares.weightOf(guest), shares.weightOf(other)];
            const ahead = countOf(starts, guest) / heavy - countOf(starts, other) / otherHeavy;
            expect(Math.abs(ahead)).toBeLessThanOrEqual(1 / heavy + 1 / otherHeavy + 3e-6);
          }
        }
      }),
      rounds(500),
    );
  });

  test("has nothing saved up from when it was not wanted", () => {
    const shares = new Shares({});
    for (let n = 0; n < 10; n++) shares.start(["a", "b"]);
    for (let n = 0; n < 1_000; n++) shares.start(["a"]);
    const starts = Array.from({ length: 10 }, () => shares.start(["a", "b"]));
    expect(Math.abs(countOf(starts, "b") - 5)).toBeLessThanOrEqual(1);
  });

  test("keeps its place while it waits: its pass may stand in a heap", () => {
    const actions = fc.array(fc.oneof(fc.constant("start"), fc.constantFrom("s0", "s1", "s2", "s3", "s4")), {
      maxLength: 200,
      size: "max",
    });
    fc.assert(
      fc.property(weights, actions, (all, history) => {
        const shares = new Shares(all);
        const waiting = new Map<string, number>();
        for (const action of history) {
          if (action !== "start") {
            if (!waiting.has(action)) waiting.set(action, shares.passOf(action));
          } else if (waiting.size > 0) {
            waiting.delete(shares.start([...waiting.keys()]));
          }
          for (const [share, pass] of waiting) expect(shares.passOf(share)).toBe(pass);
        }
      }),
      rounds(500),
    );
  });
});

describe("a share that something else held up", () => {
  test("goes on from the pass of what started before it, and does not catch up", () => {
    const shares = new Shares({});
    shares.start(["a", "b"]);
    // b has the lowest pass, and may not start.
    for (let n = 0; n < 100; n++) shares.started("a");
    const starts = Array.from({ length: 10 }, () => shares.start(["a", "b"]));
    expect(Math.abs(countOf(starts, "b") - 5)).toBeLessThanOrEqual(1);
  });
});

describe("cells of shares", () => {
  test("are over before that of virtual time is, whatever starts when", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(2 * HOUR)), { maxLength: 100 }), (history) => {
        const shares = new Shares({ a: 10, b: 1_000, c: 7_000 });
        for (const [share, gap] of history) {
          shares.now += gap;
          shares.started(share);
          for (const cell of shares.cells.values()) expect(cell.until).toBeLessThanOrEqual(shares.virtual?.until ?? 0);
        }
      }),
      rounds(300),
    );
  });

  test("cost no record of virtual time for each share of a round", () => {
    const shares = new Shares({});
    const seen = new Set<FlowCell | undefined>();
    for (let n = 0; n < 100; n++) {
      shares.now += 1;
      shares.start(["a", "b", "c", "d"]);
      seen.add(shares.virtual);
    }
    expect(seen.size).toBe(25);
  });

  test("say nothing after an hour without a start, be they forgotten or not", () => {
    const cell = afterStart(undefined, 1_000, 0, T0);
    expect(enterAt(cell, 0, T0 + HOUR - 1)).toBe(1_000);
    expect(enterAt(cell, 0, T0 + HOUR)).toBe(0);
    expect(afterStart(cell, 1_000, 500, T0 + HOUR)).toEqual(afterStart(undefined, 1_000, 500, T0 + HOUR));
  });

  test("stay whole numbers, and a weight that is too small or too large counts as the nearest that is neither (R16)", () => {
    const late: FlowCell = { kind: "share", until: T0 + 1, numbers: [1e12, 0, 10], text: null };
    expect(afterStart(late, 10, 0, T0).numbers).toEqual([1e12 + 100_000, 0, 10]);
    expect(afterStart(undefined, 300, 0, T0).numbers).toEqual([3_333, 100, 300]);
    expect([0, -5, 2 ** 31, 300.4].map(boundedWeight)).toEqual([10, 10, 1_000_000, 300]);
  });
});
