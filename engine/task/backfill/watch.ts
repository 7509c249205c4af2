// How far backfills are, in all partitions, as the journals say: for people who may own none of them. Reads what a worker reads that opens the
// partitions, and then only what is new.
import type { Log } from "../../log/log.ts";
import { isOver, type BackfillRangeState, type BackfillState, type BackfillStatus } from "../../workflow/backfill/state.ts";
import { emptyState, type PartitionState } from "../../workflow/state.ts";
import type { AppTopics } from "../app-topics.ts";
import { restoreWithImage } from "../image/restore-with-image.ts";
import { restore } from "../restore.ts";

export interface BackfillProgress {
  readonly id: string;
  readonly functionId: string;
  /** `running` while any partition has something left; `abandoned` or `cancelled` where one ended so. */
  readonly status: BackfillStatus;
  /** Events a second in all partitions; 0 for no bound. */
  readonly rate: number;
  /** Milliseconds since 1970; null for no bound. */
  readonly since: number | null;
  readonly until: number | null;
  /** Events that entered the function. */
  readonly started: number;
  /** Events that had entered it before, and copies of others. */
  readonly skipped: number;
  /** Offsets that are gone from their topics. */
  readonly missing: number;
  /** A topic begins behind the time that was asked for: nobody knows how many are gone. */
  readonly isCut: boolean;
  /** Offsets that are not decided yet, of partitions that have looked where theirs are. */
  readonly left: number;
  readonly partitions: readonly PartitionProgress[];
  /** Partitions that have not decided it yet: they have no owner, or are behind with their inbox. */
  readonly unheard: readonly number[];
}

export interface PartitionProgress {
  readonly partition: number;
  readonly status: BackfillStatus;
  readonly reason: string | null;
  readonly ranges: readonly BackfillRangeState[];
}

export interface BackfillWatchOptions {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "journal" | "state">;
  readonly partitions: number;
  readonly signal?: AbortSignal;
}

export class BackfillWatch {
  readonly #options: BackfillWatchOptions;
  readonly #signal: AbortSignal;
  readonly #read: { readonly state: PartitionState; next: number }[] = [];

  constructor(options: BackfillWatchOptions) {
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
  }

  /** In the order in which they began. @throws JournalError where a journal cannot be folded; LogError */
  async look(): Promise<readonly BackfillProgress[]> {
    for (let partition = 0; partition < this.#options.partitions; partition++) await this.#readOn(partition);
    const ids = new Map<string, number>();
    for (const { state } of this.#read) {
      for (const { id, startedAt } of state.backfills.values()) ids.set(id, Math.min(ids.get(id) ?? startedAt, startedAt));
    }
    return [...ids].toSorted(([, a], [, b]) => a - b).map(([id]) => this.#progressOf(id));
  }

  async #readOn(partition: number): Promise<void> {
    const { log, topics, partitions } = this.#options;
    const known = this.#read[partition];
    const journal = { topic: topics.journal, partition };
    const image = { topic: topics.state, partition };
    const signal = this.#signal;
    if (known !== undefined) {
      known.next = (await restore({ log, journal, state: known.state, signal, from: known.next })).next;
      return;
    }
    const state = emptyState(partition, partitions);
    const { next } = await restoreWithImage({ log, journal, image, state, signal, onRejected: () => {}, onReady: () => {} });
    this.#read[partition] = { state, next };
  }

  #progressOf(id: string): BackfillProgress {
    const heard: PartitionProgress[] = [];
    const unheard: number[] = [];
    let first: BackfillState | undefined;
    for (const [partition, { state }] of this.#read.entries()) {
      const backfill = state.backfills.get(id);
      first ??= backfill;
      if (backfill === undefined) unheard.push(partition);
      else heard.push({ partition, status: backfill.status, reason: backfill.reason, ranges: backfill.ranges });
    }
    const { functionId = "", rate = 0, since = null, until = null } = first ?? {};
    const ranges = heard.flatMap((one) => one.ranges);
    const open = heard.filter((one) => !isOver(one)).flatMap((one) => one.ranges);
    return {
      id,
      functionId,
      status: statusOf(heard, unheard),
      rate: rate * this.#options.partitions,
      since,
      until,
      started: sum(ranges, ({ started }) => started),
      skipped: sum(ranges, ({ skipped }) => skipped),
      missing: sum(ranges, ({ missing }) => missing),
      isCut: ranges.some(({ isCut }) => isCut),
      left: sum(open, ({ from, next, to }) => (from === null ? to : Math.max(0, to - next))),
      partitions: heard,
      unheard,
    };
  }
}

function statusOf(heard: readonly PartitionProgress[], unheard: readonly number[]): BackfillStatus {
  const is = (status: BackfillStatus): boolean => heard.some((one) => one.status === status);
  if (is("paused")) return "paused";
  if (is("running") || unheard.length > 0) return "running";
  if (is("abandoned")) return "abandoned";
  return is("cancelled") ? "cancelled" : "done";
}

function sum(ranges: readonly BackfillRangeState[], of: (range: BackfillRangeState) => number): number {
  let total = 0;
  for (const range of ranges) total += of(range);
  return total;
}
