// One run of the past, read from the journal of its partition: from where it began to where it was over.
import type { RunId } from "../../core/ids.ts";
import type { Log, TopicPartition } from "../../log/log.ts";
import { OtherEpoch } from "../../task/owner-learner.ts";
import { framesThatCount } from "./journal-frames.ts";
import type { PastRun } from "./past-run.ts";
import { Recorder } from "./recorder.ts";

export interface OneRunOptions {
  readonly log: Log;
  readonly journal: TopicPartition;
  readonly run: RunId;
  /** An offset of the journal at which the run had not begun, or the one at which it did. */
  readonly from: number;
  readonly signal?: AbortSignal;
}

/** Null where it does not begin behind that offset. @throws JournalError, LogError */
export async function readRun(options: OneRunOptions): Promise<PastRun | null> {
  try {
    return await read(options);
  } catch (error) {
    if (!(error instanceof OtherEpoch)) throw error;
    return read(options, error.epoch);
  }
}

async function read({ log, journal, run, from, signal }: OneRunOptions, epoch?: number): Promise<PastRun | null> {
  let original: RunId | null = null;
  const recorder = new Recorder({ partition: journal.partition, takes: (id) => id === run, originalOf: () => original });
  const [start, end] = [await log.earliestOffset(journal), await log.latestOffset(journal)];
  const reading = { log, journal, from: Math.max(from, start), end };
  const frames = framesThatCount({
    ...reading,
    ...(epoch === undefined ? {} : { epoch }),
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const batch of frames) {
    for (const { frame } of batch) {
      for (const record of frame.records) if (record.type === "RerunStarted" && record.run === run) original = record.original;
      const [past] = recorder.take(frame);
      if (past !== undefined) return past;
    }
  }
  const [open] = recorder.rest();
  return open ?? null;
}
