// What becomes of re-runs, as the journals of their partitions tell it.
import { partitionOfRun, type RunId } from "../../core/ids.ts";
import type { Log } from "../../log/log.ts";
import { readerUntil } from "../../log/reader-until.ts";
import { readEntry } from "../../task/fold.ts";
import type { JournalRecord } from "../../workflow/records.ts";

export interface FollowOptions {
  readonly log: Log;
  /** The topic of the app's journals. */
  readonly journal: string;
  /** By partition, offsets of the journals from before the first command. */
  readonly from: readonly number[];
  readonly runs: ReadonlySet<RunId>;
  /** Until they are begun, or until they are over. */
  readonly until: "begun" | "over";
  /** How long nothing may happen. */
  readonly patienceMs: number;
  readonly onProgress?: (followed: Followed) => void;
  readonly signal?: AbortSignal;
}

export interface Followed {
  readonly begun: ReadonlySet<RunId>;
  readonly completed: ReadonlySet<RunId>;
  /** Failed, or cancelled. */
  readonly failed: ReadonlySet<RunId>;
  /** What has it not begun, by run. */
  readonly refused: ReadonlyMap<RunId, string>;
}

/** Resolves when all of them are that far, or when nothing has happened for too long. @throws JournalError, LogError */
export async function followReruns(options: FollowOptions): Promise<Followed> {
  const { runs, until, patienceMs, onProgress, signal } = options;
  const seen = { begun: new Set<RunId>(), completed: new Set<RunId>(), failed: new Set<RunId>(), refused: new Map<RunId, string>() };
  const done = new AbortController();
  let late = setTimeout(() => done.abort(), patienceMs);
  const look = (record: JournalRecord): void => {
    if (!("run" in record) || !runs.has(record.run)) return;
    note(seen, record);
    onProgress?.(seen);
    clearTimeout(late);
    late = setTimeout(() => done.abort(), patienceMs);
    const far = until === "begun" ? seen.begun.size : seen.completed.size + seen.failed.size;
    if (far + seen.refused.size >= runs.size) done.abort();
  };
  const over = signal === undefined ? done.signal : AbortSignal.any([done.signal, signal]);
  const partitions = new Set([...runs].map(partitionOfRun));
  try {
    if (runs.size > 0) await Promise.all([...partitions].map((partition) => follow(partition, options, over, look)));
  } finally {
    clearTimeout(late);
  }
  signal?.throwIfAborted();
  return seen;
}

async function follow(partition: number, options: FollowOptions, over: AbortSignal, look: (record: JournalRecord) => void): Promise<void> {
  const { log, journal, from } = options;
  try {
    using reader = readerUntil(log, { topic: journal, partition, from: from[partition] ?? 0 }, over);
    while (!over.aborted) {
      const { records } = await reader.next();
      for (const { offset, value } of records) {
        const entry = readEntry(partition, offset, value);
        if (entry.kind === "frame") for (const record of entry.frame.records) look(record);
      }
    }
  } catch (error) {
    if (!over.aborted) throw error;
  }
}

function note(
  seen: { begun: Set<RunId>; completed: Set<RunId>; failed: Set<RunId>; refused: Map<RunId, string> },
  record: JournalRecord & { readonly run: RunId },
): void {
  switch (record.type) {
    case "RerunStarted":
      seen.begun.add(record.run);
      return;
    case "RunCompleted":
      seen.completed.add(record.run);
      return;
    case "RunFailed":
    case "RunCancelled":
      seen.failed.add(record.run);
      return;
    case "RunSkipped":
      seen.refused.set(record.run, record.reason);
      return;
    default:
      return;
  }
}
