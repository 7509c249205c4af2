// Where frames stand is known by few points, and never wrongly.
import fc from "fast-check";
import { expect, test } from "vitest";
import { FramePlaces } from "../../../../engine/task/backlog/frame-places.ts";
import { narrowed, type SeenFrame } from "../../../../engine/task/backlog/narrowed.ts";
import { rounds } from "../../../support/rounds.ts";

/** Offsets of the frames 1, 2, 3 …: so many entries without a number stand before each. */
function offsetsOf(gaps: readonly number[]): readonly number[] {
  let offset = -1;
  return gaps.map((gap) => (offset += gap + 1));
}

const gaps = fc.array(fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(3)), { minLength: 1, maxLength: 300 });

test("a frame is between its bounds, whichever others were located, in whatever order", () => {
  fc.assert(
    fc.property(gaps, fc.array(fc.nat(), { maxLength: 60 }), (between, picks) => {
      const offsets = offsetsOf(between);
      const places = new FramePlaces();
      const last = offsets.length;
      const located = new Set([last, ...picks.map((pick) => (pick % last) + 1)]);
      for (const lsn of located) places.located(lsn, offsets[lsn - 1] ?? -1);
      for (const [index, offset] of offsets.entries()) {
        const lsn = index + 1;
        const range = places.rangeOf(lsn);
        expect(range.from).toBeLessThanOrEqual(offset);
        expect(range.to).toBeGreaterThanOrEqual(offset);
        if (located.has(lsn)) expect(range).toEqual({ from: offset, to: offset });
      }
    }),
    rounds(300),
  );
});

test("a million frames in a row cost one entry, and all of them are known exactly", () => {
  const places = new FramePlaces();
  for (let lsn = 1; lsn <= 1_000_000; lsn++) places.located(lsn, lsn + 7);
  expect(places.stretches).toBe(1);
  expect(places.rangeOf(123_456)).toEqual({ from: 123_463, to: 123_463 });
});

test("what lies between two frames whose offset is as far from their number is known exactly", () => {
  const places = new FramePlaces();
  places.located(10, 15);
  places.located(1_000, 1_005);
  expect(places.rangeOf(500)).toEqual({ from: 505, to: 505 });
  expect(places.rangeOf(9)).toEqual({ from: 8, to: 14 });
});

test("places are bounded, and those that are left are right (R16)", () => {
  const places = new FramePlaces();
  for (let lsn = 1; lsn <= 100_000; lsn++) places.located(lsn, 2 * lsn);
  expect(places.stretches).toBeLessThanOrEqual(4_096);
  expect(places.lastLsn).toBe(100_000);
  for (let lsn = 1; lsn <= 100_000; lsn += 777) {
    const { from, to } = places.rangeOf(lsn);
    expect(from).toBeLessThanOrEqual(2 * lsn);
    expect(to).toBeGreaterThanOrEqual(2 * lsn);
  }
});

test("of two places that contradict each other the later word counts", () => {
  const places = new FramePlaces();
  for (const [lsn, offset] of [
    [10, 10],
    [20, 40],
    [30, 50],
  ] as const)
    places.located(lsn, offset);
  places.located(25, 27);
  expect(places.rangeOf(25)).toEqual({ from: 27, to: 27 });
  expect(places.rangeOf(20)).toEqual({ from: 20, to: 22 });
  expect(places.rangeOf(30)).toEqual({ from: 50, to: 50 });
});

test("a frame among thousands of entries without a number is found by few looks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(40), { minLength: 500, maxLength: 500 }), fc.integer({ min: 1, max: 500 }), async (between, lsn) => {
      const offsets = offsetsOf(between);
      const end = offsets.at(-1) ?? 0;
      let looks = 0;
      const look = async (from: number, to: number): Promise<SeenFrame | null> => {
        looks += 1;
        const index = offsets.findIndex((offset) => offset >= from);
        const offset = offsets[index] ?? Number.POSITIVE_INFINITY;
        return offset > to ? null : { lsn: index + 1, offset };
      };
      const range = await narrowed(lsn, { from: lsn - 1, to: lsn + end - offsets.length }, look);
      expect(range.from).toBeLessThanOrEqual(offsets[lsn - 1] ?? -1);
      expect(range.to).toBeGreaterThanOrEqual(offsets[lsn - 1] ?? -1);
      expect(looks).toBeLessThan(16);
    }),
    rounds(200),
  );
});
