// What a consumer keeps, as far as it is acknowledged: state runs ahead of the journal, and nobody outside may see that (DESIGN §4).
import type { EventConsumed } from "../../workflow/records.ts";
import type { PartitionState } from "../../workflow/state.ts";

interface Pending {
  /** JSON text; undefined for none. */
  value: string | undefined;
  /** Changes that are not acknowledged. */
  changes: number;
}

export class AckedValues {
  /** What is restored takes the place of what was there: its parts are looked up each time. */
  readonly #state: Pick<PartitionState, "consumer">;
  /** By store and key: those that are ahead. */
  readonly #pending = new Map<string, Map<string, Pending>>();

  constructor(state: Pick<PartitionState, "consumer">) {
    this.#state = state;
  }

  /** The record is about to change the state. */
  recording({ key, values }: EventConsumed): void {
    for (const { store } of values) {
      let pending = this.#pending.get(store);
      if (pending === undefined) this.#pending.set(store, (pending = new Map<string, Pending>()));
      const known = pending.get(key);
      if (known === undefined) pending.set(key, { value: this.#state.consumer.stores.get(store)?.get(key), changes: 1 });
      else known.changes += 1;
    }
  }

  /** Of each record that was recorded, in their order. */
  acknowledged({ key, values }: EventConsumed): void {
    for (const { store, value } of values) {
      const pending = this.#pending.get(store);
      const known = pending?.get(key);
      if (pending === undefined || known === undefined) continue;
      known.value = value ?? undefined;
      known.changes -= 1;
      if (known.changes === 0) pending.delete(key);
    }
  }

  /** JSON text; undefined for none. */
  get(store: string, key: string): string | undefined {
    const pending = this.#pending.get(store)?.get(key);
    return pending === undefined ? this.#state.consumer.stores.get(store)?.get(key) : pending.value;
  }

  /** In no order that means anything. */
  *entries(store: string): Iterable<readonly [key: string, value: string]> {
    const pending = this.#pending.get(store);
    for (const [key, value] of this.#state.consumer.stores.get(store) ?? []) if (pending?.has(key) !== true) yield [key, value];
    for (const [key, { value }] of pending ?? []) if (value !== undefined) yield [key, value];
  }
}
