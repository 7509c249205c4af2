// Events that are held go on by time once what their sources had when the partition opened is read: what came while nobody owned it is no
// quiet time. A decider does not know what is not read; so the owner asks it no earlier.
import type { Clock } from "../core/clock.ts";
import type { Log } from "../log/log.ts";
import { sourceKey } from "../workflow/source/source.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";
import { isUnknownPartition } from "./source-reader.ts";

/** Where reading stands still, or takes longer, they go on all the same. */
const MAX_MS = 10_000;

export interface CatchUpOptions {
  readonly log: Log;
  readonly state: PartitionState;
  readonly clock: Clock;
  /** Whether the topic is one of those that are read now. */
  readonly isRead: (topic: string) => boolean;
  /** The time of what has this key came, and nothing is in the way any more. */
  readonly due: (key: string) => void;
}

export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #held = new Set<string>();
  /** Where each source ended that is not read up to there; null while that is asked. */
  readonly #ends = new Map<string, number | null>();
  #forget: (() => void) | null = null;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#forget !== null;
  }

  /** The partition is owned, and nothing was read yet. */
  begin(): void {
    const { state, clock, isRead } = this.#options;
    if (!mayHold(state)) return;
    this.#forget = clock.setTimer(MAX_MS, () => this.#over());
    const read = [...state.sources.values()].filter(({ topic }) => isRead(topic));
    for (const source of read) this.#ends.set(keyOf(source), null);
    for (const source of read) void this.#ask(source);
    this.look();
  }

  /** Its time came. */
  hold(key: string): void {
    this.#held.add(key);
  }

  /** Something was read. */
  look(): void {
    if (!this.isOn) return;
    const { sources } = this.#options.state;
    for (const [key, end] of this.#ends) {
      const next = sources.get(key)?.next;
      if (end !== null && (next === undefined || next >= end)) this.#ends.delete(key);
    }
    if (this.#ends.size === 0) this.#over();
  }

  close(): void {
    this.#forget?.();
    this.#forget = null;
    this.#held.clear();
  }

  async #ask({ topic, partition }: SourceState): Promise<void> {
    let end = 0;
    try {
      end = await this.#options.log.latestOffset({ topic, partition });
    } catch (error) {
      // Whoever reads it tells what is wrong.
      if (!isUnknownPartition(error)) return;
    }
    this.#ends.set(sourceKey(topic, partition), end);
    this.look();
  }

  #over(): void {
    const held = [...this.#held];
    this.close();
    for (const key of held) this.#options.due(key);
  }
}

/** Others have nothing to wait for, and ask for no ends. */
function mayHold({ manifest, flow }: PartitionState): boolean {
  if (flow.held.size > 0) return true;
  for (const { flow: policies } of manifest?.functions.values() ?? []) {
    if (policies?.debounce !== undefined || policies?.batch !== undefined) return true;
  }
  return false;
}

function keyOf({ topic, partition }: SourceState): string {
  return sourceKey(topic, partition);
}
