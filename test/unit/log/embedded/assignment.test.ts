import fc from "fast-check";
import { expect, test } from "vitest";
import { assignPartitions } from "../../../../engine/log/embedded/assignment.ts";

const nothing = new Map<string, readonly number[]>();

test("one member gets everything", () => {
  expect(assignPartitions(3, ["a"], nothing).get("a")).toEqual([0, 1, 2]);
});

test("nobody gets nothing", () => {
  expect(assignPartitions(3, [], nothing).size).toBe(0);
});

test("who has the larger share keeps it, so that nothing moves for a remainder", () => {
  const before = new Map([
    ["a", [0]],
    ["b", [1, 2]],
  ]);
  expect(assignPartitions(3, ["a", "b"], before)).toEqual(before);
});

test("whatever came before, every partition has one owner, shares differ by one at most, and as few move as that allows", () => {
  const history = fc.array(fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), history, (partitions, generations) => {
      let before: ReadonlyMap<string, readonly number[]> = nothing;
      for (const generation of generations) {
        const members = [...new Set(generation)];
        const shares = assignPartitions(partitions, members, before);
        expect([...shares.values()].flat().toSorted((a, b) => a - b)).toEqual([...Array(partitions).keys()]);
        const sizes = [...shares.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(moved(before, shares)).toBe(fewestMoves(partitions, members, before));
        before = shares;
      }
    }),
  );
});

function moved(before: ReadonlyMap<string, readonly number[]>, after: ReadonlyMap<string, readonly number[]>): number {
  return [...after].flatMap(([member, share]) => share.filter((partition) => !(before.get(member) ?? []).includes(partition))).length;
}

/** All but what the members can keep: each the smaller share, and as many as there are larger ones one more. */
function fewestMoves(partitions: number, members: readonly string[], before: ReadonlyMap<string, readonly number[]>): number {
  const smaller = Math.floor(partitions / members.length);
  const had = members.map((member) => (before.get(member) ?? []).length);
  const kept = had.reduce((sum, count) => sum + Math.min(count, smaller), 0);
  return partitions - kept - Math.min(partitions % members.length, had.filter((count) => count > smaller).length);
}
