// Goes forwards through the journal, and hands over the frames of queued runs that it was sent for.
//
// A row knows the number of the frame that queued it, and that frame counted when it was folded. Others may have its number: copies of it, which
// say the same (R6), and none else, since what a deposed owner still sends has at most the number of the claim that deposed it (R3). As a row's
// run must stand in the frame, and a run's id follows from its event (R10), what is taken are its events, whichever entry it is.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RunId } from "../../core/ids.ts";
import { JournalError } from "../../journal/errors.ts";
import { LogError } from "../../log/errors.ts";
import type { Log, TopicPartition } from "../../log/log.ts";
import type { Frame } from "../../../schemas/journal/generated.ts";
import type { RunQueued } from "../../workflow/records.ts";
import { readEntry } from "../fold.ts";
import type { FramePlaces, OffsetRange } from "./frame-places.ts";
import { JournalCursor } from "./journal-cursor.ts";
import { MAX_READ_THROUGH, narrowed, type SeenFrame } from "./narrowed.ts";

export interface Row {
  readonly run: RunId;
  /** Of the frame that queued it. */
  readonly lsn: number;
}

export interface WalkOptions {
  readonly log: Pick<Log, "openReader" | "earliestOffset">;
  readonly journal: TopicPartition;
  readonly signal: AbortSignal;
  readonly places: FramePlaces;
  /** All that a frame queued, from the first that was looked for on, in its order. */
  readonly found: (rows: readonly RunQueued[]) => void;
  /** Nothing more is found before something was fetched. */
  readonly pausing: () => void;
  /** It is idle. */
  readonly ended: () => void;
  readonly failed: (error: unknown) => void;
}

/** Of entries without a number there are few, as a rule. */
const FEW_ENTRIES = 4;
/** Frames that are so near each other are read on one way (R16: by how many is bounded by who sends it). */
export const NEAR_FRAMES = 64;

interface FoundFrame {
  readonly offset: number;
  readonly frame: Frame;
}

interface Target {
  readonly lsn: number;
  readonly runs: Set<RunId>;
}

export class JournalWalk {
  readonly #options: WalkOptions;
  readonly #cursor: JournalCursor;
  /** By ascending numbers. */
  readonly #targets: Target[] = [];
  /** The frame that it found last. */
  #lastLsn = Number.NEGATIVE_INFINITY;
  #isWalking = false;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#cursor = new JournalCursor(options.log, options.journal);
    options.signal.addEventListener("abort", () => this.#cursor.close(), { once: true });
  }

  get isIdle(): boolean {
    return !this.#isWalking;
  }

  /** It is on its way to this frame, or is at one near before it, or will be. */
  comesBy(lsn: number): boolean {
    const next = this.#targets[0]?.lsn ?? this.#lastLsn;
    const last = this.#targets.at(-1)?.lsn ?? this.#lastLsn;
    return lsn >= next && lsn - last <= NEAR_FRAMES;
  }

  /** By ascending frames. Only while it is idle, or comes by the first of them. Nothing is handed over before this returned. */
  find(rows: readonly Row[]): void {
    for (const row of rows) this.#add(row);
    if (this.#isWalking || this.#targets.length === 0) return;
    this.#isWalking = true;
    void this.#walk();
  }

  #add({ run, lsn }: Row): void {
    let at = this.#targets.length;
    while (at > 0 && (this.#targets[at - 1]?.lsn ?? 0) > lsn) at -= 1;
    const same = this.#targets[at - 1];
    if (same?.lsn === lsn) same.runs.add(run);
    else this.#targets.splice(at, 0, { lsn, runs: new Set([run]) });
  }

  async #walk(): Promise<void> {
    const { signal, pausing, ended, failed } = this.#options;
    try {
      await nextTurn();
      for (let target = this.#targets[0]; target !== undefined; target = this.#targets[0]) {
        signal.throwIfAborted();
        await this.#find(target);
        this.#targets.shift();
        this.#lastLsn = target.lsn;
        if (this.#targets.length === 0) pausing();
      }
      this.#cursor.rest();
    } catch (error) {
      this.#cursor.close();
      if (!signal.aborted) failed(error);
    }
    this.#isWalking = false;
    ended();
  }

  async #find(target: Target): Promise<void> {
    const { places, journal } = this.#options;
    const { lsn, runs } = target;
    const take = (found: FoundFrame): boolean => this.#take(found, target);
    const range = places.rangeOf(lsn);
    // As a rule it stands as early as it can: behind the one that was found before.
    const start = { from: range.from, to: Math.min(range.to, range.from + FEW_ENTRIES) };
    if ((await this.#readThrough(start, take)) !== null) return;
    const rest = { from: start.to + 1, to: range.to };
    const near = rest.to - rest.from > MAX_READ_THROUGH ? await narrowed(lsn, rest, (from, to) => this.#look({ from, to })) : rest;
    if ((await this.#readThrough(near, take)) !== null) return;
    const all = places.widestRangeOf(lsn);
    if ((await this.#readThrough(all, take)) !== null) return;
    throw new JournalError(
      "QUEUED_EVENTS_LOST",
      `journal ${journal.topic}/${journal.partition}: run ${[...runs].join(", ")} is queued since frame ${lsn}, and that frame, in which its events are, ` +
        `is not in the log any more (it was looked for from offset ${all.from} to ${all.to}). The partition stops. Restore the topic from a backup; ` +
        "its retention must be unlimited (retention.ms=-1, retention.bytes=-1, cleanup.policy=delete)",
    );
  }

  async #look(range: OffsetRange): Promise<SeenFrame | null> {
    const found = await this.#readThrough(range, () => true);
    return found === null ? null : { lsn: found.frame.lsn, offset: found.offset };
  }

  #take({ offset, frame }: FoundFrame, target: Target): boolean {
    if (frame.lsn !== target.lsn) return false;
    const queued = frame.records.filter((record) => record.type === "RunQueued");
    const ids = new Set(queued.map(({ run }) => run));
    for (const run of target.runs) if (!ids.has(run)) return false;
    this.#options.places.located(frame.lsn, offset);
    this.#options.found(queued.slice(queued.findIndex(({ run }) => target.runs.has(run))));
    return true;
  }

  /** Reads frames until one is taken; null where none is. */
  async #readThrough({ from, to }: OffsetRange, take: (found: FoundFrame) => boolean): Promise<FoundFrame | null> {
    const { journal, signal, pausing } = this.#options;
    const cursor = this.#cursor;
    cursor.seek(from);
    for (;;) {
      for (let record = cursor.next(to); record !== undefined; record = cursor.next(to)) {
        const { offset, value } = record;
        const entry = readEntry(journal.partition, offset, value);
        const found = entry.kind === "frame" ? { offset, frame: entry.frame } : null;
        if (found !== null && take(found)) return found;
      }
      if (cursor.fetched > to) return null;
      pausing();
      // A log in memory answers at once, and others are to have their turn.
      await nextTurn();
      signal.throwIfAborted();
      if (!(await this.#fetch(to))) return null;
    }
  }

  /** Returns false where the log holds nothing from here on up to `to`: it begins behind that, or has lost its end. */
  async #fetch(to: number): Promise<boolean> {
    const { log, journal } = this.#options;
    const cursor = this.#cursor;
    try {
      await cursor.fetch();
      return true;
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== "LOG_OFFSET_OUT_OF_RANGE") throw error;
      cursor.close();
      const earliest = await log.earliestOffset(journal);
      if (earliest <= cursor.fetched || earliest > to) return false;
      cursor.seek(earliest);
      return true;
    }
  }
}
