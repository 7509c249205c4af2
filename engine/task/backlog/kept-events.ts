// Events of queued runs that are in memory, and how much room they take.
import type { RunId } from "../../core/ids.ts";
import type { TriggerEvent } from "../../workflow/records.ts";

interface Kept {
  readonly events: readonly TriggerEvent[];
  readonly bytes: number;
}

export class KeptEvents {
  /** In the order in which they came. */
  readonly #rows = new Map<RunId, Kept>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  has(run: RunId): boolean {
    return this.#rows.has(run);
  }

  get(run: RunId): readonly TriggerEvent[] | undefined {
    return this.#rows.get(run)?.events;
  }

  /** 0 where they are not here. */
  bytesOf(run: RunId): number {
    return this.#rows.get(run)?.bytes ?? 0;
  }

  keep(run: RunId, events: readonly TriggerEvent[], bytes: number): void {
    this.drop(run);
    this.#rows.set(run, { events, bytes });
    this.#bytes += bytes;
  }

  drop(run: RunId): void {
    this.#bytes -= this.bytesOf(run);
    this.#rows.delete(run);
  }

  /** The oldest of them go, until the rest takes no more than that. */
  shrinkTo(bytes: number, mayGo: (run: RunId) => boolean): void {
    if (this.#bytes <= bytes) return;
    for (const run of this.#rows.keys()) {
      if (mayGo(run)) this.drop(run);
      if (this.#bytes <= bytes) return;
    }
  }

  clear(): void {
    this.#rows.clear();
    this.#bytes = 0;
  }
}

/** What events take in memory, rather too much than too little. */
export function bytesOfEvents(events: readonly TriggerEvent[]): number {
  const EACH = 400;
  let bytes = EACH;
  for (const { id, name, data, key, topic, trace } of events) {
    bytes += EACH + 2 * (id.length + name.length + data.length + (key?.length ?? 0) + topic.length + (trace?.length ?? 0));
  }
  return bytes;
}
