// Messages are never refused, so runs that come from other partitions cannot be kept out of a partition's lines where they are full (R16). It
// tells all others instead, again and again while that lasts; and who reads an event of which it would send a run there waits with that event.
// Nothing of it is remembered in the journal: a new owner hears it soon enough.
import type { Clock } from "../core/clock.ts";
import { partitionOfRun } from "../core/ids.ts";
import type { Decided, Message } from "../workflow/decision.ts";
import type { HoldBack } from "../workflow/records.ts";
import type { PartitionState } from "../workflow/state.ts";

/** It is told again after so long, and counts for three times that: one that is lost on the way does not matter. */
const TELL_MS = 5_000;
const COUNTS_MS = 3 * TELL_MS;
/** With this part of its lines full, it lets others go on. */
const LOW = 0.9;

export interface FullHomesOptions {
  readonly state: PartitionState;
  readonly maxQueuedRuns: number;
  readonly clock: Clock;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
  readonly tell: (messages: readonly Message[]) => void;
  /** Only of runs that backfills give. */
  readonly isPast?: boolean;
}

export class FullHomes {
  readonly #options: FullHomesOptions;
  /** Until when others want no further runs, by partition. */
  readonly #full = new Map<number, number>();
  #toldAt: number | null = null;
  #heldUpBy: number | null = null;

  constructor(options: FullHomesOptions) {
    this.#options = options;
  }

  /** The partition for which the last event that was looked at has to wait, null for none. */
  get heldUpBy(): number | null {
    return this.#heldUpBy;
  }

  /** Another partition has too many runs in lines. */
  heard(from: number, { until }: Pick<HoldBack, "type" | "until">): void {
    if (until > this.#options.now()) this.#full.set(from, until);
    else this.#full.delete(from);
  }

  /** Whether a run would go where there are too many. */
  areIn({ records, messages }: Decided): boolean {
    this.#heldUpBy = null;
    if (this.#full.size === 0) return false;
    // Where it goes now, and where it goes from there.
    for (const { to, body } of messages) {
      if (body.type === "EnterFunction" && (this.#isFull(to) || this.#isFull(partitionOfRun(body.run)))) return true;
    }
    // What it enters later counts now: once it is spread it waits for nobody.
    for (const record of records) {
      if (record.type === "EventSpread" && record.entries.some(({ run }) => this.#isFull(partitionOfRun(run)))) return true;
    }
    return false;
  }

  #isFull(partition: number): boolean {
    if ((this.#full.get(partition) ?? 0) <= this.#options.now()) return false;
    this.#heldUpBy = partition;
    return true;
  }

  /** Called twice a second, and whenever runs were queued or started. */
  look(): void {
    const { state, maxQueuedRuns, clock, now } = this.#options;
    const { size } = state.flow.rows;
    const at = clock.monotonicMs();
    if (size >= maxQueuedRuns) {
      if (this.#toldAt !== null && at - this.#toldAt < TELL_MS) return;
      this.#toldAt = at;
      this.#tell(now() + COUNTS_MS);
    } else if (this.#toldAt !== null && size <= LOW * maxQueuedRuns) {
      this.#toldAt = null;
      this.#tell(0);
    }
  }

  #tell(until: number): void {
    const { state, tell, isPast = false } = this.#options;
    const messages: Message[] = [];
    for (let to = 0; to < state.partitions; to++)
      if (to !== state.partition) messages.push({ to, body: { type: "HoldBack", until, isPast } });
    if (messages.length > 0) tell(messages);
  }
}
