// The backfills of one partition: some of them go on side by side, those that began first, and only while there is room beside live events. One
// that may not give more than a few events a second keeps no other waiting.
import type { TopicPartition } from "../../log/log.ts";
import { locate } from "./past-records.ts";
import { openRange } from "../../workflow/backfill/ranges.ts";
import type { BackfillRangeState, BackfillState } from "../../workflow/backfill/state.ts";
import { sourceKey } from "../../workflow/source/source.ts";
import type { Input } from "../../workflow/decide.ts";
import { enteredBefore, type EnteredOffsets } from "./entered-offsets.ts";
import { RangeRun, type RangeRunOptions } from "./range-run.ts";

export interface BackfillsOptions extends Omit<RangeRunOptions, "signal"> {
  readonly journal: TopicPartition;
  readonly signal: AbortSignal;
  /** Whether the owner takes on more. */
  readonly isServing: () => boolean;
  readonly submit: (input: Input) => void;
  /** Resolves when what was decided is acknowledged. */
  readonly flushed: () => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/** Each reads ahead, and knows ids of what it read, for itself (R16). */
const MAX_SIDE_BY_SIDE = 2;

export class Backfills {
  readonly #options: BackfillsOptions;
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  /** By id. */
  readonly #going = new Set<string>();

  constructor(options: BackfillsOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#abort.signal]);
  }

  /** One may have begun, or may go on. Called twice a second, too. */
  look(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#going.add(next.id);
      void this.#go(next.id);
    }
  }

  /** For good. */
  stop(): void {
    this.#abort.abort();
  }

  #next(): BackfillState | undefined {
    const { state, isServing } = this.#options;
    if (state.backfills.size === 0 || this.#going.size >= MAX_SIDE_BY_SIDE || this.#signal.aborted || !isServing()) return undefined;
    for (const backfill of state.backfills.values()) {
      if (backfill.status === "running" && !this.#going.has(backfill.id)) return backfill;
    }
    return undefined;
  }

  async #go(id: string): Promise<void> {
    const { failed, flushed, room } = this.#options;
    const entered = new Entered(this.#options, this.#signal);
    try {
      for (let backfill = this.#running(id); backfill !== undefined; backfill = this.#running(id)) {
        const waiting = room(backfill.functionId);
        if (waiting === null) await this.#advance(backfill, entered);
        else await waiting;
        // Nothing is begun anew before it stands in the journal how far the last was.
        await flushed();
      }
      this.#going.delete(id);
      // Another may have waited for its place.
      this.look();
    } catch (error) {
      this.#going.delete(id);
      if (!this.#signal.aborted) failed(error);
    }
  }

  #running(id: string): BackfillState | undefined {
    const { state, isServing } = this.#options;
    const backfill = state.backfills.get(id);
    return !this.#signal.aborted && isServing() && backfill?.status === "running" ? backfill : undefined;
  }

  async #advance(backfill: BackfillState, before: Entered): Promise<void> {
    const { submit } = this.#options;
    const { id } = backfill;
    const range = openRange(backfill);
    if (range === null) return submit({ type: "EndBackfill", id, problem: null });
    if (range.from === null) return this.#locate(backfill, range);
    const entered = backfill.mayRepeat ? await before.of(backfill) : new Map<string, never>();
    if (entered === null) {
      const problem =
        "the journal of the partition does not hold its beginning, so nobody can tell which events entered the function before";
      return submit({ type: "EndBackfill", id, problem });
    }
    const known = entered.get(sourceKey(range.topic, range.partition)) ?? null;
    await new RangeRun({ ...this.#options, signal: this.#signal }, backfill, range, known).go();
  }

  async #locate({ id, since, until }: BackfillState, { topic, partition, to: seam }: BackfillRangeState): Promise<void> {
    const { log, submit } = this.#options;
    const located = await locate(log, { topic, partition }, { seam, since, until });
    submit({ type: "LocateBackfill", id, topic, partition, ...located });
  }
}

/** What entered a backfill's function before it began, read once where it is asked for. */
class Entered {
  readonly #options: Pick<BackfillsOptions, "log" | "journal" | "flushed">;
  readonly #signal: AbortSignal;
  #offsets: EnteredOffsets | null = null;

  constructor(options: Pick<BackfillsOptions, "log" | "journal" | "flushed">, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Null where nobody can tell any more. @throws JournalError, LogError, the signal's reason */
  async of(backfill: BackfillState): Promise<EnteredOffsets | null> {
    if (this.#offsets !== null) return this.#offsets;
    const { log, journal, flushed } = this.#options;
    await flushed();
    this.#offsets = await enteredBefore(log, journal, backfill, this.#signal);
    return this.#offsets;
  }
}
