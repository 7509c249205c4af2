// Recent events that waits may compare: for a wait that comes after its event. Bounded by time, number and bytes (R16); for what is older
// than the window reaches, all partitions are asked.
import { originOf } from "../event/origin.ts";
import type { TriggerEvent } from "../records.ts";
import { targetKey } from "./wait-table.ts";

export interface KeptEvent {
  /** Counts up. */
  readonly number: number;
  readonly event: TriggerEvent;
  readonly paths: readonly string[];
  readonly value: string;
  /** When it came here. */
  readonly at: number;
  /** Of a signal: somebody has it. */
  taken: boolean;
}

// Frozen, as is the way in which sizes are counted: rebuilding forgets the same (R2).
export const WINDOW_MS = 600_000;
export const MAX_KEPT = 100_000;
export const MAX_KEPT_CHARACTERS = 16 * 1024 * 1024;

const NONE: ReadonlySet<KeptEvent> = new Set();

export class EventWindow {
  readonly #kept = new Map<number, KeptEvent>();
  readonly #byTarget = new Map<string, Set<KeptEvent>>();
  /** Target and origin of each. */
  readonly #known = new Set<string>();
  /** Events that waits remain to be compared with, and up to which wait they were. */
  readonly open = new Map<number, number>();
  #characters = 0;
  /** Number of the next event. */
  next = 1;
  /** Something that came at this time was forgotten: the window is whole only after it. */
  floor = 0;

  get size(): number {
    return this.#kept.size;
  }

  get(number: number): KeptEvent | undefined {
    return this.#kept.get(number);
  }

  values(): Iterable<KeptEvent> {
    return this.#kept.values();
  }

  /** In the order in which they came. */
  of(event: string, path: string, value: string): ReadonlySet<KeptEvent> {
    return this.#byTarget.get(targetKey(event, path, value)) ?? NONE;
  }

  has(event: string, path: string, value: string, origin: string): boolean {
    return this.#known.has(knownKey(targetKey(event, path, value), origin));
  }

  add(kept: KeptEvent): void {
    this.#kept.set(kept.number, kept);
    this.#characters += sizeOf(kept);
    for (const path of kept.paths) {
      const key = targetKey(kept.event.name, path, kept.value);
      const there = this.#byTarget.get(key);
      this.#known.add(knownKey(key, originOf(kept.event)));
      if (there === undefined) this.#byTarget.set(key, new Set([kept]));
      else there.add(kept);
    }
    this.next = Math.max(this.next, kept.number + 1);
  }

  /** Forgets the oldest, by the time of a frame: so live and rebuild agree (R2). What is still compared stays. */
  forget(time: number): void {
    for (const kept of this.#kept.values()) {
      const isWithin = kept.at > time - WINDOW_MS && this.#kept.size <= MAX_KEPT && this.#characters <= MAX_KEPT_CHARACTERS;
      if (isWithin || this.open.has(kept.number)) return;
      this.#remove(kept);
      this.floor = Math.max(this.floor, kept.event.appendedAt);
    }
  }

  #remove(kept: KeptEvent): void {
    this.#kept.delete(kept.number);
    this.#characters -= sizeOf(kept);
    for (const path of kept.paths) {
      const key = targetKey(kept.event.name, path, kept.value);
      const there = this.#byTarget.get(key);
      this.#known.delete(knownKey(key, originOf(kept.event)));
      there?.delete(kept);
      if (there?.size === 0) this.#byTarget.delete(key);
    }
  }
}

function knownKey(target: string, origin: string): string {
  return `${target}\n${origin}`;
}

function sizeOf({ event, value }: KeptEvent): number {
  return event.data.length + event.name.length + event.id.length + value.length + 100;
}
