// Past runs of a function, read from the journals of an app, never from its state. Two readings: the first finds the runs, the second tells of
// them. So what is in memory is the ids of all, and the records of those that were open at the same time, up to a bound.
import type { RunId } from "../../core/ids.ts";
import type { Log, TopicPartition } from "../../log/log.ts";
import { conditionOf } from "../../workflow/expression/condition.ts";
import { OtherEpoch } from "../../task/owner-learner.ts";
import { framesThatCount } from "./journal-frames.ts";
import type { PastRun } from "./past-run.ts";
import { Recorder } from "./recorder.ts";
import { RunIndex, type RunFilter } from "./run-index.ts";

export interface HistoryOptions extends RunFilter {
  readonly log: Log;
  /** The topic of the app's journals. */
  readonly journal: string;
  readonly partitions: number;
  /** Of what is recorded of runs that were open at the same time; what is more is read again. Default 64 MiB. */
  readonly maxHeldBytes?: number;
  readonly signal?: AbortSignal;
  /** How far the first reading is, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export interface History {
  /** How many runs there are. */
  readonly total: number;
  /** What is not there any more of the time that was asked for. */
  readonly missing: readonly MissingPart[];
  /** By partition, and in the order in which they were over; then those that are not. */
  runs(): AsyncGenerator<PastRun>;
}

export interface MissingPart {
  readonly partition: number;
  /** Of the first entry that is there. */
  readonly offset: number;
  /** Milliseconds since 1970; null where there is none. */
  readonly time: number | null;
  /** Runs of any function that are in it, and whose beginning is not. */
  readonly beheaded: number;
}

/** Clocks differ a little: reading begins so much earlier than it would have to. */
const SLACK_MS = 60_000;
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** A partition as it is by the time of the first reading. */
interface Part {
  readonly journal: TopicPartition;
  readonly from: number;
  readonly end: number;
  readonly index: RunIndex;
  /** The epoch in force at `from`, where it took reading to learn it. */
  readonly epoch: number | undefined;
  readonly missing: MissingPart | null;
}

/** @throws ConfigurationError `INVALID_EXPRESSION`; JournalError, LogError */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const { partitions, where } = options;
  if (where !== undefined) conditionOf(where, "trigger");
  const parts: Part[] = [];
  for (let partition = 0; partition < partitions; partition++) parts.push(await readIndex(partition, options));
  const wanted = parts.map((part) => ({ part, runs: new Map(part.index.wanted()) }));
  return {
    total: wanted.reduce((sum, { runs }) => sum + runs.size, 0),
    missing: parts.flatMap(({ missing }) => missing ?? []),
    runs: async function* () {
      for (const { part, runs } of wanted) yield* runsOf(part, runs, options);
    },
  };
}

async function readIndex(partition: number, options: HistoryOptions, epoch?: number): Promise<Part> {
  const { log, since, signal, onProgress, partitions } = options;
  const journal = { topic: options.journal, partition };
  const [start, end] = [await log.earliestOffset(journal), await log.latestOffset(journal)];
  const from = since === undefined ? start : Math.max(start, await log.offsetForTime(journal, since - SLACK_MS));
  // What was deleted is missed only where it may be of the time that is asked for.
  const lacks = start > 0 && from === start;
  const index = new RunIndex(options, !lacks);
  let first: number | null = null;
  const tell = (offset: number): void => onProgress?.((partition + (offset - from) / Math.max(end - from, 1)) / partitions);
  const reading = {
    log,
    journal,
    from,
    end,
    onProgress: tell,
    ...(epoch === undefined ? {} : { epoch }),
    ...(signal === undefined ? {} : { signal }),
  };
  try {
    for await (const batch of framesThatCount(reading)) {
      for (const { offset, frame } of batch) {
        first ??= frame.time;
        for (const record of frame.records) index.look(record, offset, frame.time);
      }
    }
  } catch (error) {
    if (error instanceof OtherEpoch && error.epoch !== epoch) return readIndex(partition, options, error.epoch);
    throw error;
  }
  const missing = lacks ? { partition, offset: start, time: first, beheaded: index.beheaded } : null;
  return { journal, from, end, index, epoch, missing };
}

/** Round by round: what does not fit into memory beside the others waits for the next. */
async function* runsOf(part: Part, wanted: Map<RunId, number>, options: HistoryOptions): AsyncGenerator<PastRun> {
  const { log, signal, maxHeldBytes = MAX_HELD_BYTES } = options;
  const { journal, end, index, epoch } = part;
  let open = wanted;
  while (open.size > 0) {
    const taken = open;
    const later = new Map<RunId, number>();
    const recorder = new Recorder({
      partition: journal.partition,
      takes: (run) => {
        const offset = taken.get(run);
        if (offset === undefined) return false;
        if (recorder.heldBytes < maxHeldBytes) return true;
        later.set(run, offset);
        return false;
      },
      originalOf: (run) => index.originalOf(run),
    });
    // From the middle of a journal, whose frames count is known from where the first reading began.
    const begin = part.from;
    const reading = {
      log,
      journal,
      from: begin,
      end,
      ...(epoch === undefined ? {} : { epoch }),
      ...(signal === undefined ? {} : { signal }),
    };
    for await (const batch of framesThatCount(reading)) {
      for (const { frame } of batch) yield* recorder.take(frame);
    }
    yield* recorder.rest();
    open = later;
  }
}
