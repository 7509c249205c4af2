// Groups of consumers inside one process: the embedded log has one process at a time, so its coordinator can live here.
import type { GroupMember, JoinOptions, Membership } from "../log.ts";
import { assignPartitions } from "../assign.ts";

interface Member {
  readonly memberId: string;
  readonly options: JoinOptions;
  readonly partitions: number;
  /** What it was last told; null before the first time. */
  told: readonly number[] | null;
}

export class Groups {
  readonly #members = new Map<string, Member>();
  #lastId = 0;
  #scheduled: NodeJS.Immediate | null = null;

  /** `partitions`: how many the topic has. */
  join(options: JoinOptions, partitions: number): Membership {
    const memberId = `${options.group}-${++this.#lastId}`;
    this.#members.set(memberId, { memberId, options, partitions, told: null });
    this.#schedule();
    return {
      memberId,
      lastHeartbeatAt: () => performance.now(), // the coordinator is this process: it answers as long as anything does
      leave: async () => {
        if (this.#members.delete(memberId)) this.#schedule();
      },
    };
  }

  members(group: string): GroupMember[] {
    return [...this.#members.values()]
      .filter(({ options }) => options.group === group)
      .map(({ memberId, options, told }) => ({ memberId, metadata: options.metadata, assigned: told ?? [] }));
  }

  close(): void {
    this.#members.clear();
    if (this.#scheduled !== null) clearImmediate(this.#scheduled);
  }

  /** After the callers' own turn: members that come together are told once, and `join` has returned before they are. */
  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = null;
      const shared = Map.groupBy(this.#members.values(), ({ options }) => JSON.stringify([options.group, options.topic]));
      for (const members of shared.values()) this.#assign(members);
    });
  }

  /** Losers are told first, so that no two members believe at once that a partition is theirs. */
  #assign(members: readonly Member[]): void {
    const suits = members[0]?.options.suits;
    const claimants = members.map(({ memberId, told, options: { metadata } }) => ({
      memberId,
      owned: told ?? [],
      ...(suits === undefined ? {} : { suits: suits(metadata) }),
    }));
    const shares = assignPartitions(members[0]?.partitions ?? 0, claimants);
    const changed = members
      .map((member) => ({ member, share: shares.get(member.memberId) ?? [] }))
      .filter(({ member, share }) => member.told === null || String(member.told) !== String(share))
      .map(({ member, share }) => ({ member, share, gained: share.filter((partition) => !(member.told ?? []).includes(partition)).length }))
      .toSorted((a, b) => a.gained - b.gained);
    for (const { member, share } of changed) {
      if (!this.#members.has(member.memberId)) continue; // it left while the others were told
      member.told = share;
      member.options.onAssignment(share);
    }
  }
}
