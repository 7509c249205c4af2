// The backfills of one partition: one at a time goes on, in the order in which they began, and only while there is room beside live events.
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

export class Backfills {
  readonly #options: BackfillsOptions;
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  #isGoing = false;
  /** Of the backfill that went on last. */
  #entered: { readonly id: string; readonly offsets: EnteredOffsets } | null = null;

  constructor(options: BackfillsOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#abort.signal]);
  }

  /** One may have begun, or may go on. Called twice a second, too. */
  look(): void {
    if (this.#isGoing || this.#next() === undefined) return;
    this.#isGoing = true;
    void this.#go();
  }

  /** For good. */
  stop(): void {
    this.#abort.abort();
  }

  #next(): BackfillState | undefined {
    const { state, isServing } = this.#options;
    if (this.#signal.aborted || !isServing() || state.backfills.size === 0) return undefined;
    for (const backfill of state.backfills.values()) if (backfill.status === "running") return backfill;
    return undefined;
  }

  async #go(): Promise<void> {
    const { failed, flushed } = this.#options;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        const waiting = this.#options.room(next.functionId);
        if (waiting === null) await this.#advance(next);
        else await waiting;
        // Nothing is begun anew before it stands in the journal how far the last was.
        await flushed();
      }
    } catch (error) {
      if (!this.#signal.aborted) failed(error);
    } finally {
      this.#isGoing = false;
    }
  }

  async #advance(backfill: BackfillState): Promise<void> {
    const { submit } = this.#options;
    const { id } = backfill;
    const range = openRange(backfill);
    if (range === null) return submit({ type: "EndBackfill", id, problem: null });
    if (range.from === null) return this.#locate(backfill, range);
    const entered = backfill.mayRepeat ? await this.#enteredBefore(backfill) : new Map<string, never>();
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

  async #enteredBefore(backfill: BackfillState): Promise<EnteredOffsets | null> {
    const { id } = backfill;
    if (this.#entered?.id === id) return this.#entered.offsets;
    const { log, journal, flushed } = this.#options;
    await flushed();
    const offsets = await enteredBefore(log, journal, backfill, this.#signal);
    this.#entered = offsets === null ? null : { id, offsets };
    return offsets;
  }
}
