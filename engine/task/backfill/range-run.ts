// Goes through one range of a backfill: its events enter the function, in their order, and how far that is stands in the same frame (R5). So it
// goes on where it was, whoever owns the partition then.
import type { Clock } from "../../core/clock.ts";
import type { Log, StoredRecord } from "../../log/log.ts";
import type { Logger } from "../../observability/logger.ts";
import { decidePastEvent, type PastEvent } from "../../workflow/backfill/past-event.ts";
import type { BackfillRangeState, BackfillState } from "../../workflow/backfill/state.ts";
import { decided, type Decided, type Decision } from "../../workflow/decision.ts";
import type { PartitionState } from "../../workflow/state.ts";
import type { FrameQueue } from "../frame-queue.ts";
import { readEventInTime, type Reading } from "../read-event.ts";
import { copiesBefore, type Copies } from "./copies.ts";
import type { OffsetSet } from "./offset-set.ts";
import { Pace } from "./pace.ts";
import { pastRecords } from "./past-records.ts";

export interface RangeRunOptions extends Reading {
  readonly log: Log;
  readonly state: PartitionState;
  readonly frames: FrameQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
  readonly commit: (decision: Decided) => unknown;
  /** Null where the function may have another event of the past, else a promise that it is worth asking again. */
  readonly room: (functionId: string) => Promise<void> | null;
  /** Null where this may be told to others, else a promise that it is worth asking again. */
  readonly hold: (decision: Decided) => Promise<void> | null;
}

/** So many are looked at before others have a turn, and share a frame. */
const MAX_TOGETHER = 16;
const MAX_TOGETHER_BYTES = 128 * 1024;
/** How far it is stands in the journal at least so often, where no event enters the function. */
const TELL_OFFSETS = 5_000;
const TELL_MS = 2_000;

interface Item {
  readonly offset: number;
  /** Null where it is no event. */
  readonly past: PastEvent | null;
  /** It entered the function before, or it is a copy of one before it. */
  readonly isKnown: boolean;
}

export class RangeRun {
  readonly #options: RangeRunOptions;
  readonly #backfill: BackfillState;
  readonly #range: BackfillRangeState;
  readonly #entered: Pick<OffsetSet, "has"> | null;
  readonly #pace: Pace;
  /** The first offset that is not decided, whether that stands in a frame or not. */
  #next: number;
  /** Decided, and in no frame yet. */
  #started = 0;
  #skipped = 0;
  #missing = 0;
  #toldAt: number;
  #isUnreadableTold = false;

  /** `entered`: offsets that are not given to the function again. */
  constructor(options: RangeRunOptions, backfill: BackfillState, range: BackfillRangeState, entered: Pick<OffsetSet, "has"> | null) {
    this.#options = options;
    this.#backfill = backfill;
    this.#range = range;
    this.#entered = entered;
    this.#pace = new Pace(options.clock, backfill.rate);
    this.#next = range.next;
    this.#toldAt = options.clock.monotonicMs();
  }

  /** Resolves at its end, or when the backfill is to stand still. @throws LogError, the signal's reason */
  async go(): Promise<void> {
    const { log, signal, state } = this.#options;
    const { topic, partition, next, to } = this.#range;
    const areIdsIgnored = state.manifest?.idsIgnored.has(topic) === true;
    const copies = areIdsIgnored ? null : await copiesBefore(log, this.#options, { topic, partition, at: next }, signal);
    for await (const { records, next: passed, missing } of pastRecords(log, { topic, partition, from: next, to }, signal)) {
      this.#missing += missing;
      for (let at = 0; at < records.length; at += MAX_TOGETHER) {
        const items = await this.#items(records.slice(at, at + MAX_TOGETHER), copies);
        if (!(await this.#decideAll(items))) return;
      }
      this.#next = passed;
      if (this.#isTimeToTell) await this.#whenRoom(() => this.#tell());
      if (!this.#isOn) return;
    }
    await this.#whenRoom(() => this.#tell());
  }

  get #isOn(): boolean {
    return !this.#options.signal.aborted && this.#options.state.backfills.get(this.#backfill.id)?.status === "running";
  }

  async #items(records: readonly StoredRecord[], copies: Copies | null): Promise<readonly Item[]> {
    const { signal } = this.#options;
    const { topic, partition } = this.#range;
    const items: Item[] = [];
    for (const record of records) {
      const { offset, timestamp } = record;
      const read = await readEventInTime(this.#options, this.#range, record, signal);
      if (read?.ok === false) this.#tellUnreadable(offset, read.reason);
      const event = read?.ok === true ? read.event : null;
      const isCopy = event !== null && copies?.isCopy(event, timestamp) === true;
      const past = event === null ? null : { topic, partition, offset, timestamp, event };
      items.push({ offset, past, isKnown: isCopy || this.#entered?.has(offset) === true });
    }
    return items;
  }

  /** Returns false where it is to stand still. */
  async #decideAll(items: readonly Item[]): Promise<boolean> {
    const { signal, room } = this.#options;
    for (let at = 0; at < items.length;) {
      if (!this.#isOn) return false;
      const waiting = room(this.#backfill.functionId) ?? (this.#pace.isDue ? null : this.#pace.wait(signal));
      if (waiting === null) {
        const some = this.#decideSome(items, at);
        at = some.at;
        if (some.held !== null) await some.held;
        else await new Promise((resolve) => setImmediate(resolve));
      } else {
        await waiting;
      }
    }
    return this.#isOn;
  }

  #decideSome(items: readonly Item[], from: number): { readonly at: number; readonly held: Promise<void> | null } {
    const { frames, commit, room, hold } = this.#options;
    const { functionId } = this.#backfill;
    let at = from;
    let held: Promise<void> | null = null;
    frames.together(() => {
      for (let item = items[at]; item !== undefined; item = items[at]) {
        const decision = this.#decide(item);
        if (decision?.outcome === "decided" && !item.isKnown) {
          // The first was let in already.
          if (this.#started > 0 && (!this.#pace.isDue || room(functionId) !== null || frames.openBytes > MAX_TOGETHER_BYTES)) break;
          held = hold(decision);
          if (held !== null) break;
          commit(decision);
          this.#pace.take();
          this.#started += 1;
        } else if (decision?.outcome === "decided") {
          this.#skipped += 1;
        }
        this.#next = item.offset + 1;
        at += 1;
      }
      if (this.#started > 0) this.#tell();
    });
    return { at, held };
  }

  #decide({ past }: Item): Decision | null {
    const { state, now } = this.#options;
    return past === null ? null : decidePastEvent(state, this.#backfill.functionId, past, now());
  }

  get #isTimeToTell(): boolean {
    const { state, clock } = this.#options;
    const told = state.backfills.get(this.#backfill.id)?.ranges.find((range) => this.#isMine(range))?.next ?? this.#next;
    return this.#next - told >= TELL_OFFSETS || (this.#next > told && clock.monotonicMs() - this.#toldAt >= TELL_MS);
  }

  #isMine({ topic, partition }: BackfillRangeState): boolean {
    return topic === this.#range.topic && partition === this.#range.partition;
  }

  async #whenRoom(act: () => void): Promise<void> {
    const { room } = this.#options;
    for (let wait = room(this.#backfill.functionId); wait !== null && this.#isOn; wait = room(this.#backfill.functionId)) await wait;
    if (this.#isOn) act();
  }

  #tell(): void {
    const { id } = this.#backfill;
    const { topic, partition } = this.#range;
    const counts = { started: this.#started, skipped: this.#skipped, missing: this.#missing };
    this.#options.commit(decided({ type: "BackfillAdvanced", id, topic, partition, next: this.#next, ...counts }));
    this.#started = 0;
    this.#skipped = 0;
    this.#missing = 0;
    this.#toldAt = this.#options.clock.monotonicMs();
  }

  #tellUnreadable(offset: number, reason: string): void {
    if (this.#isUnreadableTold) return;
    this.#isUnreadableTold = true;
    const { topic, partition } = this.#range;
    this.#options.logger.warn(
      { code: "BACKFILL_UNREADABLE", topic, partition, offset, backfill: this.#backfill.id },
      `a backfill passes over records that are no events; the first: ${reason}`,
    );
  }
}
