// What a partition remembers of backfills: a function gets events of the past, up to where it counted anyway.

export interface BackfillState {
  readonly id: string;
  readonly functionId: string;
  /** Events a second, of this partition; 0 for as many as it can take. */
  readonly rate: number;
  /** Milliseconds since 1970; null: from the beginning. */
  readonly since: number | null;
  /** Milliseconds since 1970; null: up to where the function counts. */
  readonly until: number | null;
  /** Some of the events may have entered the function before it began. */
  readonly mayRepeat: boolean;
  /** When it began here, and number of the frame that says so. */
  readonly startedAt: number;
  readonly lsn: number;
  readonly status: BackfillStatus;
  /** Why it ended as it did; null where there is nothing to say. */
  readonly reason: string | null;
  readonly ranges: readonly BackfillRangeState[];
}

/** `done`: every range is decided to its end. `abandoned`: it cannot go on, and `reason` says why. */
export type BackfillStatus = "running" | "paused" | "done" | "cancelled" | "abandoned";

/** Part of a source partition: from `from` on, `to` not included. */
export interface BackfillRangeState {
  readonly topic: string;
  readonly partition: number;
  /** Null until somebody looked where it is. */
  readonly from: number | null;
  /** The first offset that is not decided. */
  readonly next: number;
  readonly to: number;
  /** Events that entered the function. */
  readonly started: number;
  /** Events that had entered it before, and copies of others. */
  readonly skipped: number;
  /** Offsets that are gone from the topic. */
  readonly missing: number;
  /** The topic begins behind the time that was asked for: nobody knows how many are gone. */
  readonly isCut: boolean;
}

/** From where on events count for a function, in each source partition of this task. */
export interface Seam {
  /** What it is triggered by, as one text; null: it is in no deployment any more. */
  readonly triggers: string | null;
  /** Offsets, by `topic/partition`. */
  readonly from: ReadonlyMap<string, number>;
  /** Events from before may have entered it: it was declared otherwise once, or had a backfill. */
  readonly isReached: boolean;
}

/** What the records of backfills change. */
export interface BackfillsKept {
  readonly backfills: Map<string, BackfillState>;
  readonly seams: Map<string, Seam>;
  readonly lsn: number;
}

export function isOver({ status }: Pick<BackfillState, "status">): boolean {
  return status !== "running" && status !== "paused";
}
