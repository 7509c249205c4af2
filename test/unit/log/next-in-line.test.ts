import fc from "fast-check";
import { expect, test } from "vitest";
import { assignPartitions, type Claimant } from "../../../engine/log/assign.ts";
import { nextInLine } from "../../../engine/log/next-in-line.ts";

test("of two members each is next in line for all that the other has", () => {
  const members = [
    { memberId: "a", owned: [0, 1] },
    { memberId: "b", owned: [2, 3] },
  ];
  expect(nextInLine(4, members, "a")).toEqual([2, 3]);
  expect(nextInLine(4, members, "b")).toEqual([0, 1]);
});

test("nobody is next in line for what is its own, nor a member that does not suit for anything", () => {
  const members: readonly Claimant[] = [
    { memberId: "a", owned: [0, 1] },
    { memberId: "b", owned: [2, 3] },
    { memberId: "c", owned: [], suits: "not" },
  ];
  expect(nextInLine(4, members, "c")).toEqual([]);
});

test("whoever goes, each of its partitions comes to the one that was next in line for it, and to no other", () => {
  const sizes = fc.record({ partitions: fc.integer({ min: 1, max: 12 }), count: fc.integer({ min: 2, max: 5 }) });
  fc.assert(
    fc.property(sizes, fc.nat(), ({ partitions, count }, pick) => {
      const ids = Array.from({ length: count }, (_, n) => `m${n}`);
      const shares = assignPartitions(
        partitions,
        ids.map((memberId) => ({ memberId, owned: [] })),
      );
      const members = [...shares].map(([memberId, owned]) => ({ memberId, owned }));
      const gone = members[pick % count];
      const left = members.filter((member) => member !== gone);
      for (const [memberId, owned] of assignPartitions(partitions, left)) {
        const gained = owned.filter((partition) => gone?.owned.includes(partition));
        const wasNext = nextInLine(partitions, members, memberId).filter((partition) => gone?.owned.includes(partition));
        expect(wasNext).toEqual(gained);
      }
    }),
  );
});
