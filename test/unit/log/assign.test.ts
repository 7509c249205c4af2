import fc from "fast-check";
import { expect, test } from "vitest";
import { assignPartitions, type Claimant } from "../../../engine/log/assign.ts";

const claim = (memberId: string, ...owned: number[]): Claimant => ({ memberId, owned });

test("a member alone gets everything", () => {
  expect(assignPartitions(3, [claim("a")]).get("a")).toEqual([0, 1, 2]);
});

test("nobody gets nothing", () => {
  expect(assignPartitions(3, []).size).toBe(0);
});

test("who has the larger share keeps it, so that nothing moves for a remainder", () => {
  const shares = assignPartitions(3, [claim("a", 0), claim("b", 1, 2)]);
  expect([shares.get("a"), shares.get("b")]).toEqual([[0], [1, 2]]);
});

test("a newcomer takes from those that have most, and they keep the rest", () => {
  const shares = assignPartitions(6, [claim("a", 0, 1, 2), claim("b", 3, 4, 5), claim("c")]);
  expect([shares.get("a"), shares.get("b"), shares.get("c")]).toEqual([
    [0, 1],
    [3, 4],
    [2, 5],
  ]);
});

test("of two that claim one partition, one has it", () => {
  const shares = assignPartitions(2, [claim("a", 0, 1), claim("b", 0)]);
  expect([...shares.values()].flat().toSorted((a, b) => a - b)).toEqual([0, 1]);
  expect(shares.get("b")).toEqual([0]);
});

test("claims to partitions that are not there count for nothing", () => {
  expect(assignPartitions(2, [claim("a", -1, 7, 1.5, 1)]).get("a")).toEqual([0, 1]);
});

const poorly = (memberId: string, ...owned: number[]): Claimant => ({ memberId, owned, suits: "poorly" });
const not = (memberId: string, ...owned: number[]): Claimant => ({ memberId, owned, suits: "not" });

test("who suits poorly gives up to who suits well, which keeps what it had", () => {
  const shares = assignPartitions(4, [poorly("a", 0, 1), claim("b", 2, 3)]);
  expect([shares.get("a"), shares.get("b")]).toEqual([[], [0, 1, 2, 3]]);
});

test("the first of many that suits well takes twice its fair share, and not all of them", () => {
  const shares = assignPartitions(8, [poorly("a", 0, 1), poorly("b", 2, 3), poorly("c", 4, 5), claim("d", 6, 7)]);
  expect(["a", "b", "c", "d"].map((id) => shares.get(id)?.length)).toEqual([2, 1, 1, 4]);
});

test("where all suit poorly they share as always", () => {
  const shares = assignPartitions(4, [poorly("a", 0, 1), poorly("b", 2, 3)]);
  expect([shares.get("a"), shares.get("b")]).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

test("who does not suit gets nothing, but where nobody does", () => {
  const shares = assignPartitions(4, [not("a", 0, 1), poorly("b", 2, 3)]);
  expect([shares.get("a"), shares.get("b")]).toEqual([[], [0, 1, 2, 3]]);
  expect(assignPartitions(4, [not("a", 0, 1)]).get("a")).toEqual([0, 1, 2, 3]);
});

test("however members suit, every partition has one owner", () => {
  const suits = fc.constantFrom("well" as const, "poorly" as const, "not" as const);
  const member = fc.record({ memberId: fc.constantFrom("a", "b", "c", "d"), owned: fc.array(fc.nat(9)), suits });
  const members = fc.uniqueArray(member, { minLength: 1, selector: ({ memberId }) => memberId });
  fc.assert(
    fc.property(fc.nat(10), members, (partitions, crew) => {
      const given = [...assignPartitions(partitions, crew).values()].flat().toSorted((a, b) => a - b);
      expect(given).toEqual(Array.from({ length: partitions }, (_, partition) => partition));
    }),
  );
});

test("whatever came before: one owner each, balanced, the same for any order of members, and as few move as balance allows", () => {
  const generation = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(generation, { minLength: 1, maxLength: 6 }), (partitions, generations) => {
      let before: ReadonlyMap<string, readonly number[]> = new Map();
      for (const members of generations) {
        const claimants = members.map((memberId) => claim(memberId, ...(before.get(memberId) ?? [])));
        const shares = assignPartitions(partitions, claimants);
        expect([...shares.values()].flat().toSorted((a, b) => a - b)).toEqual([...Array(partitions).keys()]);
        const sizes = [...shares.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(assignPartitions(partitions, claimants.toReversed())).toEqual(shares);
        expect(kept(claimants, shares)).toBe(mostKept(partitions, claimants));
        before = shares;
      }
    }),
  );
});

function kept(claimants: readonly Claimant[], shares: ReadonlyMap<string, readonly number[]>): number {
  return claimants.reduce(
    (sum, { memberId, owned }) => sum + owned.filter((partition) => shares.get(memberId)?.includes(partition)).length,
    0,
  );
}

/** Everyone keeps up to the mean; of what is over the mean, as many as there are larger shares keep one more. */
function mostKept(partitions: number, claimants: readonly Claimant[]): number {
  const floor = Math.floor(partitions / claimants.length);
  const over = partitions - floor * claimants.length;
  const upToFloor = claimants.reduce((sum, { owned }) => sum + Math.min(owned.length, floor), 0);
  return upToFloor + Math.min(over, claimants.filter(({ owned }) => owned.length > floor).length);
}
