// What two versions of a consumer keep, compared at the same positions: folded from their journals, so nobody is in their way.
import type { Log } from "../../log/log.ts";
import { restore } from "../../task/restore.ts";
import { emptyState } from "../../workflow/state.ts";
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

export interface CompareOptions {
  readonly log: Log;
  readonly old: ConsumerVersion;
  readonly next: ConsumerVersion;
  readonly signal?: AbortSignal;
}

/** Stores that only one of them has are not compared: that is what versions are for. @throws JournalError, LogError */
export async function compareVersions({ log, old, next, signal }: CompareOptions): Promise<Compared> {
  const [was, is] = [await storesOf(log, old, signal), await storesOf(log, next, signal)];
  let total = 0;
  let different = 0;
  const examples: DifferentValue[] = [];
  for (const [store, before] of was) {
    const after = is.get(store);
    if (after === undefined) continue;
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      total += 1;
      const [one, other] = [before.get(key) ?? null, after.get(key) ?? null];
      if (one === other) continue;
      different += 1;
      if (examples.length < MAX_EXAMPLES) examples.push({ store, key, was: one, is: other });
    }
  }
  return { total, different, examples };
}

/** Of all partitions together: which of them has a key may differ between versions. */
async function storesOf(
  log: Log,
  version: ConsumerVersion,
  signal = new AbortController().signal,
): Promise<Map<string, Map<string, string>>> {
  const stores = new Map<string, Map<string, string>>();
  for (let partition = 0; partition < version.partitions; partition++) {
    const state = emptyState(partition, version.partitions);
    await restore({ log, journal: { topic: version.topics.journal, partition }, state, signal });
    for (const store of state.manifest?.consumer?.stores ?? []) {
      const all = stores.get(store) ?? new Map<string, string>();
      for (const [key, value] of state.consumer.stores.get(store) ?? []) all.set(key, value);
      stores.set(store, all);
    }
  }
  return stores;
}
