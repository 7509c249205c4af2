// What journals tell of a function's events: which came to it, and what became of them. By what was decided, not by anybody's state.
import type { Log, TopicPartition } from "../../log/log.ts";
import { placesIn } from "../../task/backfill/entered-offsets.ts";
import { originOf } from "../../workflow/event/origin.ts";
import type { JournalRecord } from "../../workflow/records.ts";
import { OtherEpoch } from "../../task/owner-learner.ts";
import { framesThatCount } from "../history/journal-frames.ts";

/**
 * - `started`: a run began with it.
 * - `left-out`: a gate skipped it, it was set aside as a dead letter, or its run was cancelled before it began.
 * - `entered`: it came to the function, and is held, or its run waits to start.
 */
export type Fate = "started" | "left-out" | "entered";

const RANK: Readonly<Record<Fate, number>> = { entered: 0, "left-out": 1, started: 2 };

interface Offsets {
  readonly from: number;
  /** Not included. */
  readonly end: number;
}

/** By the origin of an event. Journals may be read in any order. */
export class Traces {
  readonly #functionId: string;
  readonly #wanted: ReadonlySet<string>;
  readonly #fates = new Map<string, Fate>();
  /** Origins that are wanted of runs that waited to start, by the run. */
  readonly #queued = new Map<string, readonly string[]>();
  /** Runs that were cancelled before they began. */
  readonly #cancelled = new Set<string>();

  /** `wanted`: origins of the events that it is about. */
  constructor(functionId: string, wanted: ReadonlySet<string>) {
    this.#functionId = functionId;
    this.#wanted = wanted;
  }

  fateOf(origin: string): Fate | null {
    return this.#fates.get(origin) ?? null;
  }

  /** Of one partition, up to before `end`. Returns where to go on. @throws JournalError, LogError, the signal's reason */
  async read(log: Log, journal: TopicPartition, { from, end }: Offsets, signal: AbortSignal): Promise<number> {
    let epoch: number | undefined;
    for (;;) {
      try {
        const frames = framesThatCount({ log, journal, from, end, signal, ...(epoch === undefined ? {} : { epoch }) });
        for await (const counted of frames) for (const { frame } of counted) for (const record of frame.records) this.see(record);
        return Math.max(end, from);
      } catch (error) {
        if (!(error instanceof OtherEpoch)) throw error;
        epoch = error.epoch;
      }
    }
  }

  see(record: JournalRecord): void {
    for (const place of placesIn(record, this.#functionId)) this.#note(originOf({ ...place, id: "" }), fateBy(record));
    switch (record.type) {
      case "InputRejected":
        this.#note(originOf({ ...record, id: "" }), "left-out");
        break;
      case "RunQueued":
        if (record.functionId !== this.#functionId) break;
        this.#queue(
          record.run,
          record.events.map((event) => originOf(event)),
        );
        break;
      case "RunUnqueued":
        if (record.reason !== null) this.#leaveOut(record.run);
        break;
      default:
    }
  }

  #queue(run: string, events: readonly string[]): void {
    const wanted = events.filter((origin) => this.#wanted.has(origin));
    if (wanted.length === 0) return;
    this.#queued.set(run, wanted);
    if (this.#cancelled.has(run)) this.#leaveOut(run);
  }

  #leaveOut(run: string): void {
    this.#cancelled.add(run);
    for (const origin of this.#queued.get(run) ?? []) this.#note(origin, "left-out");
  }

  #note(origin: string, fate: Fate): void {
    if (!this.#wanted.has(origin)) return;
    const known = this.#fates.get(origin);
    if (known === undefined || RANK[fate] > RANK[known]) this.#fates.set(origin, fate);
  }
}

function fateBy({ type }: JournalRecord): Fate {
  if (type === "RunsStarted") return "started";
  return type === "RunSkipped" ? "left-out" : "entered";
}
