// Members of a group, and waiting until their shares are as wanted.
import { onTestFinished } from "vitest";
import type { JoinOptions, Log, Membership } from "../../../engine/log/log.ts";

export class Crew {
  readonly #log: Log;
  readonly #topic: string;
  readonly #group: string;
  readonly #shares = new Map<string, readonly number[]>();
  readonly #memberships = new Map<string, Membership>();
  #onChange: () => void = () => {};

  constructor(log: Log, topic: string, group: string) {
    this.#log = log;
    this.#topic = topic;
    this.#group = group;
    onTestFinished(async () => {
      for (const name of this.#memberships.keys()) await this.leave(name);
    });
  }

  async join(name: string, suits?: JoinOptions["suits"]): Promise<Membership> {
    const membership = await this.#log.join({
      group: this.#group,
      topic: this.#topic,
      metadata: Buffer.from(name),
      ...(suits === undefined ? {} : { suits }),
      onAssignment: (partitions) => {
        this.#shares.set(name, partitions);
        this.#onChange();
      },
    });
    this.#memberships.set(name, membership);
    return membership;
  }

  async leave(name: string): Promise<void> {
    const membership = this.#memberships.get(name);
    this.#memberships.delete(name);
    await membership?.leave();
    this.#shares.delete(name);
    this.#onChange();
  }

  share(name: string): readonly number[] {
    return this.#shares.get(name) ?? [];
  }

  /** Resolves once the members' shares are disjoint, hold all of `partitions`, and have these sizes in any order. */
  async untilShared(partitions: number, sizes: readonly number[]): Promise<void> {
    const settled = (): boolean => {
      const shares = [...this.#shares.values()];
      const all = shares.flat();
      return (
        all.length === partitions &&
        new Set(all).size === partitions &&
        String(ascending(shares.map(({ length }) => length))) === String(ascending(sizes))
      );
    };
    await new Promise<void>((resolve) => {
      this.#onChange = () => {
        if (settled()) resolve();
      };
      this.#onChange();
    });
  }
}

function ascending(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
