// Who waits in this partition's lines is let in as soon as there is room: after each decision, and when something came that was missing. Events
// of queued runs are read ahead of their turn.
import { admitNext, type AdmissionHost } from "../workflow/flow/lines/admit.ts";
import { isOverride } from "../workflow/flow/keys.ts";
import { openAgain } from "../workflow/flow/gates/due.ts";
import type { Line } from "../workflow/flow/lines/rows.ts";
import type { Decided } from "../workflow/decision.ts";
import type { JournalRecord } from "../workflow/records.ts";
import type { PartitionState } from "../workflow/state.ts";
import type { FrameQueue } from "./frame-queue.ts";
import type { Shares } from "./shares.ts";
import { QueuedEvents, type QueuedEventsOptions } from "./backlog/queued-events.ts";

export interface AdmissionsOptions extends Pick<QueuedEventsOptions, "log" | "journal" | "signal" | "failed"> {
  readonly state: PartitionState;
  readonly frames: Pick<FrameQueue, "openTime" | "renew">;
  /** Whether anything may be decided now. */
  readonly mayDecide: () => boolean;
  /** Whether further runs may start, as far as that does not depend on their functions. */
  readonly mayStart: () => boolean;
  readonly shares: Pick<Shares, "hasAwaited" | "next">;
  readonly commit: (decision: Decided) => void;
  /** Milliseconds since 1970 by the log's clock. */
  readonly now: () => number;
}

/** So many rows of a line are read ahead. */
const AHEAD = 256;

export class Admissions implements AdmissionHost {
  readonly #options: AdmissionsOptions;
  readonly #events: QueuedEvents;
  /** Needs that have room for somebody who may not start yet. */
  readonly #stopped = new Set<string>();
  /** Lines whose first row has room, and its events are not here; and where it waits for them. */
  readonly #missing = new Map<Line, string>();
  #isNewMissing = false;
  /** Runs that left lines since their events were read ahead. */
  #left = 0;
  /** The lines that they left. */
  readonly #moving = new Set<Line>();

  constructor(options: AdmissionsOptions) {
    const { log, journal, signal, failed } = options;
    this.#options = options;
    this.#events = new QueuedEvents({ log, journal, signal, failed, loaded: () => this.#loaded() });
  }

  /** Lets in who can be. Called when something changed that is no decision. */
  look(due?: string): void {
    const { commit, now, mayDecide, failed, frames } = this.#options;
    if (!mayDecide()) return;
    try {
      // Limits that were changed for a time are others a moment later: a frame that was begun before says nothing of that.
      if (due !== undefined && isOverride(due)) frames.renew();
      // Else by the time of the frame that will say so; but what opened by time alone did so now.
      const first = this.next(due === undefined ? (frames.openTime ?? now()) : now());
      if (first !== null) commit(first);
    } catch (error) {
      // What is decided half is in no frame that goes out: the partition stops, visibly.
      failed(error);
    }
  }

  /** Runs ended or came to rest, or what was decided is acknowledged: who waits for that is looked at. */
  wake(): void {
    const { waiting } = this.#options.state.flow;
    if (this.#stopped.size > 0 && this.mayStart) {
      for (const need of this.#stopped) waiting.freed(need);
      this.#stopped.clear();
    }
    // A frame may have been full before all were looked at.
    if (this.#options.shares.hasAwaited || !waiting.isIdle) this.look();
  }

  /** What has this key is due. */
  due(key: string): void {
    openAgain(this.#options.state, key);
    this.look(key);
  }

  /** Events that were missing are here. */
  #loaded(): void {
    const { waiting } = this.#options.state.flow;
    for (const need of this.#missing.values()) waiting.freed(need);
    this.#missing.clear();
    this.look();
  }

  /** Where a frame stands: of each that is acknowledged. */
  located(lsn: number, offset: number): void {
    this.#events.located(lsn, offset);
  }

  /** A record is about to change the state. */
  recording(record: JournalRecord): void {
    if (record.type === "RunQueued") {
      this.#events.queued(record.run, record.events);
    } else if (record.type === "RunUnqueued") {
      this.#events.forget(record.run);
    } else if (record.type === "RunsStarted" && this.#options.state.flow.rows.size > 0) {
      for (const { id } of record.runs) this.#events.forget(id);
    }
  }

  next(now: number): Decided | null {
    const { state } = this.#options;
    // Who waits for events keeps the room: others are not all looked at in vain meanwhile.
    while (!state.flow.waiting.isIdle || (this.#missing.size < MAX_MISSING && this.#hasRoomForNext())) {
      const admitted = admitNext(state, now, this);
      if (admitted !== null) return admitted;
    }
    this.#readAhead();
    return null;
  }

  /** Somebody who waited for a function's share may go on. */
  #hasRoomForNext(): boolean {
    const { state, shares } = this.#options;
    const { waiting } = state.flow;
    const need = shares.hasAwaited ? shares.next((one) => waiting.isWanted(one)) : undefined;
    if (need !== undefined) waiting.freed(need);
    return need !== undefined;
  }

  // What the decider asks.

  events(run: Parameters<AdmissionHost["events"]>[0]): ReturnType<AdmissionHost["events"]> {
    return this.#events.get(run);
  }

  get mayStart(): boolean {
    return this.#options.mayStart();
  }

  postponed(need: string, line: Line): void {
    if (!this.mayStart) this.#stopped.add(need);
    else if (this.#missing.get(line) !== need) {
      this.#missing.set(line, need);
      this.#isNewMissing = true;
    }
  }

  moved(line: Line): void {
    this.#left += 1;
    this.#moving.add(line);
  }

  /** What is missing at once, what comes soon from time to time. */
  #readAhead(): void {
    if (!this.#isNewMissing && this.#left < AHEAD / 4) return;
    const rows = [...new Set([...this.#missing.keys(), ...this.#moving])].map((line) => line.first(AHEAD));
    this.#isNewMissing = false;
    this.#left = 0;
    if (this.#moving.size > MAX_MOVING) this.#moving.clear();
    // Those in front of their lines first.
    const wanted = [];
    for (let place = 0; place < AHEAD; place++) {
      for (const line of rows) {
        const row = line[place];
        if (row !== undefined) wanted.push(row);
      }
    }
    this.#events.want(wanted);
  }
}

const MAX_MOVING = 100;
/** So many lines wait for events that are read back; then the others' turn is not yet. */
const MAX_MISSING = 64;
