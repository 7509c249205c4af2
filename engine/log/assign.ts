// Who gets which partitions: those that suit, balanced, and with as little moving as balance allows. Pure: the same members give the same
// answer.
import type { Suitability } from "./log.ts";

export interface Claimant {
  readonly memberId: string;
  /** What it had so far, by its own word. */
  readonly owned: readonly number[];
  /** Default: well. */
  readonly suits?: Suitability;
}

/** Members that suit well get no more than so many times their fair share because others do not: the first of a deployment is not to take all. */
const MOST_SHARES = 2;

/**
 * Every partition of `0 … partitionCount - 1` to one member. Shares of members that suit equally differ by at most one. A member keeps what
 * it owned up to its share; of two that claim one partition, the one that claims fewer has it, then the one first by id.
 */
export function assignPartitions(partitionCount: number, claimants: readonly Claimant[]): ReadonlyMap<string, readonly number[]> {
  const members = claimants.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const shares = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]));
  if (members.length === 0) return shares;
  const owners = ownersOf(partitionCount, members);
  const quotas = quotasOf(partitionCount, members, owners);
  const free: number[] = [];
  for (let partition = 0; partition < partitionCount; partition++) {
    const owner = owners.get(partition);
    const share = owner === undefined ? undefined : shares.get(owner);
    if (owner !== undefined && share !== undefined && share.length < (quotas.get(owner) ?? 0)) share.push(partition);
    else free.push(partition);
  }
  for (const { memberId } of members) {
    const share = shares.get(memberId) ?? [];
    while (share.length < (quotas.get(memberId) ?? 0)) {
      const next = free.shift();
      if (next === undefined) break;
      share.push(next);
    }
    share.sort((a, b) => a - b);
  }
  return shares;
}

/** Who had each partition. */
function ownersOf(partitionCount: number, members: readonly Claimant[]): Owners {
  const owners = new Map<number, string>();
  const fewestFirst = members.toSorted((a, b) => a.owned.length - b.owned.length);
  for (const { memberId, owned } of fewestFirst) {
    for (const partition of owned) {
      if (Number.isInteger(partition) && partition >= 0 && partition < partitionCount && !owners.has(partition))
        owners.set(partition, memberId);
    }
  }
  return owners;
}

type Owners = ReadonlyMap<number, string>;

/** How many partitions each member is to have. */
function quotasOf(partitionCount: number, members: readonly Claimant[], owners: Owners): ReadonlyMap<string, number> {
  const able = members.filter(({ suits }) => suits !== "not");
  const sharing = able.length > 0 ? able : members;
  const poorly = able.filter(({ suits }) => suits === "poorly");
  const well = sharing.filter((member) => !poorly.includes(member));
  const toWell = Math.min(partitionCount, well.length * Math.ceil((MOST_SHARES * partitionCount) / sharing.length));
  if (poorly.length === 0 || well.length === 0) return balanced(partitionCount, sharing, owners);
  return new Map([...balanced(toWell, well, owners), ...balanced(partitionCount - toWell, poorly, owners)]);
}

/** Everyone gets the floor of the mean; what is over goes to those that had most, so that they give up less. */
function balanced(partitionCount: number, members: readonly Claimant[], owners: Owners): ReadonlyMap<string, number> {
  const had = new Map<string, number>();
  for (const owner of owners.values()) had.set(owner, (had.get(owner) ?? 0) + 1);
  const floor = Math.floor(partitionCount / members.length);
  const over = partitionCount - floor * members.length;
  const mostFirst = members.toSorted((a, b) => (had.get(b.memberId) ?? 0) - (had.get(a.memberId) ?? 0));
  return new Map(mostFirst.map(({ memberId }, rank) => [memberId, floor + (rank < over ? 1 : 0)]));
}
