// Who in a group reads which partitions: balanced to within one, and moving as few as that allows.

/** Members in the order they joined; `before` is what each had. Every partition goes to exactly one member, if there is any. */
export function assignPartitions(
  partitions: number,
  members: readonly string[],
  before: ReadonlyMap<string, readonly number[]>,
): Map<string, readonly number[]> {
  const shares = new Map<string, number[]>(members.map((member) => [member, []]));
  if (members.length === 0) return shares;
  const floor = Math.floor(partitions / members.length);
  let larger = partitions % members.length;

  // Those who have the most keep the larger shares, so that no partition moves only to even out a remainder.
  const byLoad = members.toSorted((a, b) => (before.get(b)?.length ?? 0) - (before.get(a)?.length ?? 0));
  const sizes = new Map(byLoad.map((member) => [member, larger-- > 0 ? floor + 1 : floor]));

  const free = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  for (const [member, share] of shares) {
    for (const partition of before.get(member) ?? []) {
      if (share.length < (sizes.get(member) ?? 0) && free.delete(partition)) share.push(partition);
    }
  }
  for (const [member, share] of shares) {
    for (const partition of free) {
      if (share.length >= (sizes.get(member) ?? 0)) break;
      free.delete(partition);
      share.push(partition);
    }
    share.sort((a, b) => a - b);
  }
  return shares;
}
