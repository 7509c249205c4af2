// What two versions of a consumer keep, compared at the same positions: folded from their journals, so nobody is in their way.
import { isDeepStrictEqual } from "node:util";
import type { Log } from "../../log/log.ts";
import { restoreWithImage } from "../../task/image/restore-with-image.ts";
import { restore } from "../../task/restore.ts";
import { emptyState, type PartitionState } from "../../workflow/state.ts";
import type { ConsumerVersion } from "./version.ts";

export interface Compared {
  /** Values that one of them has, or both. */
  readonly total: number;
  readonly different: number;
  readonly examples: readonly DifferentValue[];
}

export interface DifferentValue {
  readonly store: string;
  readonly key: string;
  /** JSON; null for none. */
  readonly was: string | null;
  readonly is: string | null;
}

const MAX_EXAMPLES = 10;

export interface ComparisonOptions {
  readonly log: Log;
  readonly old: Pick<ConsumerVersion, "topics" | "partitions">;
  readonly next: Pick<ConsumerVersion, "topics" | "partitions">;
  readonly signal: AbortSignal | undefined;
}

export class Comparison {
  readonly #old: FoldedVersion;
  readonly #next: FoldedVersion;

  constructor({ log, old, next, signal = new AbortController().signal }: ComparisonOptions) {
    this.#old = new FoldedVersion(log, old, signal);
    this.#next = new FoldedVersion(log, next, signal);
  }

  /** Folds what their journals have by now. @throws JournalError, LogError */
  async catchUp(): Promise<void> {
    await this.#old.catchUp();
    await this.#next.catchUp();
  }

  /**
   * As of the end of their journals. Stores that only one of them has are not compared: that is what versions are for. Of all partitions together:
   * which of them has a key may differ between versions. @throws JournalError, LogError
   */
  async compare(): Promise<Compared> {
    await this.catchUp();
    const [was, is] = [this.#old.stores(), this.#next.stores()];
    let total = 0;
    let different = 0;
    const examples: DifferentValue[] = [];
    for (const [store, before] of was) {
      const after = is.get(store);
      if (after === undefined) continue;
      for (const key of new Set([...before.keys(), ...after.keys()])) {
        total += 1;
        const [one, other] = [before.get(key) ?? null, after.get(key) ?? null];
        if (isSame(one, other)) continue;
        different += 1;
        if (examples.length < MAX_EXAMPLES) examples.push({ store, key, was: one, is: other });
      }
    }
    return { total, different, examples };
  }
}

/** In whatever order an object has its fields. */
function isSame(one: string | null, other: string | null): boolean {
  if (one === other) return true;
  return one !== null && other !== null && isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
}

class FoldedVersion {
  readonly #log: Log;
  readonly #version: ComparisonOptions["old"];
  readonly #signal: AbortSignal;
  /** By partition; `next`: of its journal. */
  readonly #folded: { readonly state: PartitionState; next: number }[] = [];

  constructor(log: Log, version: ComparisonOptions["old"], signal: AbortSignal) {
    this.#log = log;
    this.#version = version;
    this.#signal = signal;
  }

  async catchUp(): Promise<void> {
    const { topics, partitions } = this.#version;
    for (let partition = 0; partition < partitions; partition++) {
      const place = { log: this.#log, journal: { topic: topics.journal, partition }, signal: this.#signal };
      const known = this.#folded[partition];
      if (known === undefined) {
        const state = emptyState(partition, partitions);
        // An image that is no good is for its owner to tell of.
        const quiet = { onRejected: () => {}, onReady: () => {} };
        const { next } = await restoreWithImage({ ...place, image: { topic: topics.state, partition }, state, ...quiet });
        this.#folded[partition] = { state, next };
      } else {
        known.next = (await restore({ ...place, state: known.state, from: known.next })).next;
      }
    }
  }

  stores(): ReadonlyMap<string, ReadonlyMap<string, string>> {
    const stores = new Map<string, Map<string, string>>();
    for (const { state } of this.#folded) {
      for (const store of state.manifest?.consumer?.stores ?? []) {
        const all = stores.get(store) ?? new Map<string, string>();
        for (const [key, value] of state.consumer.stores.get(store) ?? []) all.set(key, value);
        stores.set(store, all);
      }
    }
    return stores;
  }
}
