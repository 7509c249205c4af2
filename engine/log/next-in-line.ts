// Whose partitions would come to a member if their owner went: worked out as the group itself would do it.
import { assignPartitions, type Claimant } from "./assign.ts";

/** Partitions of others that `memberId` would be given if their present owner left, and nobody else did. */
export function nextInLine(partitionCount: number, claimants: readonly Claimant[], memberId: string): readonly number[] {
  return claimants
    .filter((owner) => owner.memberId !== memberId)
    .flatMap((owner) => {
      const shares = assignPartitions(
        partitionCount,
        claimants.filter((other) => other !== owner),
      );
      const given = new Set(shares.get(memberId));
      return owner.owned.filter((partition) => given.has(partition));
    })
    .toSorted((a, b) => a - b);
}
