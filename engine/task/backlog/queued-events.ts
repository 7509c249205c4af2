// Events of runs that wait in a line. A row in memory knows the frame that queued it; its events stand in the journal, and are read back from
// there when the run is about to start (R1). What was queued lately is kept as long as there is room.
import type { RunId } from "../../core/ids.ts";
import type { Log, TopicPartition } from "../../log/log.ts";
import type { RunQueued, TriggerEvent } from "../../workflow/records.ts";
import { FramePlaces } from "./frame-places.ts";
import { JournalWalk, NEAR_FRAMES, type Row } from "./journal-walk.ts";
import { bytesOfEvents, KeptEvents } from "./kept-events.ts";

export interface QueuedEventsOptions {
  readonly log: Pick<Log, "openReader" | "earliestOffset">;
  readonly journal: TopicPartition;
  readonly signal: AbortSignal;
  /** Something that is wanted is here now. Not called while a method of this is. */
  readonly loaded: () => void;
  /** Nothing more is read: a frame is not in the journal any more, or cannot be read. */
  readonly failed: (error: unknown) => void;
  /** Of events in memory, about: more by the one frame that is being read, and by one run's events where they take more. Default 2 MiB. */
  readonly maxBytes?: number;
}

const DEFAULT_BYTES = 2 * 1024 * 1024;
/** At several places of the journal at a time, as priorities scatter what is next (R16). */
const MAX_WALKS = 4;
/** Of rows that are wanted at a time; those behind are looked at when they come nearer. */
const MAX_WANTED = 1_024;
const FIRST_GUESS_BYTES = 2_000;

export class QueuedEvents {
  readonly #options: QueuedEventsOptions;
  /** Each of both may take so much. */
  readonly #halfBytes: number;
  /** Never read: queued since this owner began. */
  readonly #fresh = new KeptEvents();
  readonly #read = new KeptEvents();
  readonly #places = new FramePlaces();
  readonly #walks: readonly JournalWalk[];
  /** What `want` was told since the last turn. */
  #asked: readonly Row[] | null = null;
  /** Something that was wanted is gone since the last list was looked at. */
  #hasRoom = false;
  /** By their frames, in the order in which they are wanted. */
  readonly #wanted = new Map<RunId, number>();
  readonly #onTheirWay = new Set<RunId>();
  /** Of what is wanted, was read, and found no room: how much it takes. */
  readonly #tooMuch = new Map<RunId, number>();
  /** What a row takes in memory, about. */
  #rowBytes = FIRST_GUESS_BYTES;
  /** Something wanted was found, and nobody was told. */
  #hasNews = false;
  /** Some rows' frames are not known to be in the log yet. */
  #isAheadOfLog = false;
  readonly #over = new AbortController();

  constructor(options: QueuedEventsOptions) {
    const { log, journal, maxBytes = DEFAULT_BYTES } = options;
    this.#options = options;
    this.#halfBytes = maxBytes / 2;
    const walk = {
      log,
      journal,
      signal: this.#over.signal,
      places: this.#places,
      found: (rows: readonly RunQueued[]) => this.#found(rows),
      pausing: () => this.#tell(),
      ended: () => this.#advance(),
      failed: (error: unknown) => this.#fail(error),
    };
    this.#walks = Array.from({ length: MAX_WALKS }, () => new JournalWalk(walk));
    options.signal.addEventListener("abort", () => this.#end(), { once: true });
    if (options.signal.aborted) this.#end();
  }

  /** About how many bytes the events in memory take. */
  get bytes(): number {
    return this.#fresh.bytes + this.#read.bytes;
  }

  /** The events of a row, where they are in memory. */
  get(run: RunId): readonly TriggerEvent[] | undefined {
    return this.#fresh.get(run) ?? this.#read.get(run);
  }

  /** The run was queued just now. Its frame need not be in the log yet: it is read back only after it was located. */
  queued(run: RunId, events: readonly TriggerEvent[]): void {
    const bytes = bytesOfEvents(events);
    // Those that came first are next: where there is no room, the last are read back.
    if (!this.#isOver && this.#fresh.bytes + bytes <= this.#halfBytes) this.#fresh.keep(run, events, bytes);
  }

  /**
   * These are next, in order: what is not in memory is read. Whatever was wanted before is not any more. Costs nothing until the next turn of the
   * event loop, when the last list counts: it is not to be changed by then.
   */
  want(rows: readonly Row[]): void {
    if (this.#asked === null) setImmediate(() => this.#takeAsked());
    this.#asked = rows;
  }

  /** The row is gone. */
  forget(run: RunId): void {
    this.#fresh.drop(run);
    this.#read.drop(run);
    this.#tooMuch.delete(run);
    if (this.#wanted.delete(run)) this.#hasRoom = true;
  }

  /**
   * Where a frame, or a claim that counts, stands in the log: of each that this owner appended, in order, once it is acknowledged; and before
   * that at least of its own claim. What was located while the journal was folded need not be looked for.
   */
  located(lsn: number, offset: number): void {
    this.#places.located(lsn, offset);
    if (this.#isAheadOfLog) this.#advance();
  }

  #takeAsked(): void {
    const rows = (this.#asked ?? []).slice(0, MAX_WANTED);
    this.#asked = null;
    if (this.#isOver) return;
    // As long as nothing changed, all of it is here, or on its way, or has to wait for room.
    if (!this.#hasRoom && this.#areWanted(rows)) return;
    this.#hasRoom = false;
    this.#wanted.clear();
    for (const { run, lsn } of rows) this.#wanted.set(run, lsn);
    for (const run of this.#tooMuch.keys()) if (!this.#wanted.has(run)) this.#tooMuch.delete(run);
    this.#advance();
  }

  #areWanted(rows: readonly Row[]): boolean {
    if (rows.length !== this.#wanted.size) return false;
    let index = 0;
    for (const run of this.#wanted.keys()) if (rows[index++]?.run !== run) return false;
    return true;
  }

  /** Sends for what is wanted and neither here nor on its way. */
  #advance(): void {
    if (this.#isOver) return;
    for (const rows of clustersOf(this.#missing())) {
      const lsn = rows[0]?.lsn ?? 0;
      const walk = this.#walks.find((one) => one.comesBy(lsn)) ?? this.#walks.find((one) => one.isIdle);
      if (walk === undefined) continue;
      for (const { run } of rows) this.#onTheirWay.add(run);
      walk.find(rows);
    }
  }

  /** In order, and no more than there is room for: the first is always read. */
  #missing(): readonly Row[] {
    const missing: Row[] = [];
    let bytes = 0;
    this.#isAheadOfLog = false;
    for (const [run, lsn] of this.#wanted) {
      if (this.#fresh.has(run)) continue;
      const isHere = this.#read.has(run);
      const rowBytes = isHere ? this.#read.bytesOf(run) : (this.#tooMuch.get(run) ?? this.#rowBytes);
      if (bytes > 0 && bytes + rowBytes > this.#halfBytes) break;
      bytes += rowBytes;
      if (isHere || this.#onTheirWay.has(run)) continue;
      if (lsn <= this.#places.lastLsn) missing.push({ run, lsn });
      else this.#isAheadOfLog = true;
    }
    return missing;
  }

  /** What a frame queued, from the first row that was wanted on: what follows in a line comes soon, what was before is gone. */
  #found(rows: readonly RunQueued[]): void {
    if (this.#isOver) return;
    const sized = rows
      .filter(({ run }) => !this.#fresh.has(run) && !this.#read.has(run))
      .map(({ run, events }) => ({ run, events, bytes: bytesOfEvents(events) }));
    const isSpare = (run: RunId): boolean => !this.#wanted.has(run);
    const needed = sized.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#read.shrinkTo(Math.max(0, this.#halfBytes - needed), isSpare);
    for (const { run, events, bytes } of sized) {
      this.#rowBytes += (bytes - this.#rowBytes) / 16;
      if (!isSpare(run)) this.#hasNews = true;
      if (!isSpare(run) || this.#read.bytes + bytes <= this.#halfBytes) this.#read.keep(run, events, bytes);
    }
    for (const { run } of rows) this.#onTheirWay.delete(run);
    if (this.#read.bytes > this.#halfBytes) this.#dropLast();
  }

  /** Events were larger than was guessed: those that are wanted last are read again when there is room. */
  #dropLast(): void {
    this.#read.shrinkTo(this.#halfBytes, (run) => !this.#wanted.has(run));
    const inOrder = [...this.#wanted.keys()];
    for (let n = inOrder.length - 1; n > 0 && this.#read.bytes > this.#halfBytes; n--) {
      const run = inOrder[n];
      if (run === undefined || !this.#read.has(run)) continue;
      this.#tooMuch.set(run, this.#read.bytesOf(run));
      this.#read.drop(run);
    }
  }

  #tell(): void {
    if (!this.#hasNews || this.#isOver) return;
    this.#hasNews = false;
    this.#options.loaded();
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#options.failed(error);
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  #end(): void {
    this.#over.abort();
    this.#fresh.clear();
    this.#read.clear();
    this.#wanted.clear();
    this.#tooMuch.clear();
  }
}

/** Rows whose frames are near each other, by ascending frames; those of the row that comes first, first. */
function clustersOf(rows: readonly Row[]): readonly (readonly Row[])[] {
  if (rows.length === 0) return [];
  const ranks = new Map(rows.map(({ run }, rank) => [run, rank]));
  const clusters: { rank: number; readonly rows: Row[] }[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const row of rows.toSorted((a, b) => a.lsn - b.lsn)) {
    const rank = ranks.get(row.run) ?? 0;
    const last = clusters.at(-1);
    if (last === undefined || row.lsn - before > NEAR_FRAMES) clusters.push({ rank, rows: [row] });
    else {
      last.rows.push(row);
      last.rank = Math.min(last.rank, rank);
    }
    before = row.lsn;
  }
  return clusters.toSorted((a, b) => a.rank - b.rank).map((cluster) => cluster.rows);
}
