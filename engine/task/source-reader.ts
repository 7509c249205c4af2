// Reads one source partition from its journalled position, checks that the position still means what it meant (R11), and hands records on.
import type { Log, StoredRecord } from "../log/log.ts";
import { LogError } from "../log/errors.ts";
import type { SourceState } from "../workflow/state.ts";
import { hashOf } from "./frame-queue.ts";
import { SourceError } from "./source-error.ts";
import { Turns } from "./turns.ts";

export interface SourceReaderOptions {
  readonly log: Log;
  readonly source: SourceState;
  readonly signal: AbortSignal;
  /** Decides one record, or not yet: then its position is as it was once the promise resolves. `stamped`: the log's own time stands in it. */
  readonly onRecord: (source: SourceState, record: StoredRecord, stamped: boolean) => Promise<void> | undefined;
  /** Resolves when the partition may take on more. */
  readonly room: () => Promise<void> | null;
}

/** Resolves when the signal aborts. @throws SourceError */
export async function readSource(options: SourceReaderOptions): Promise<void> {
  try {
    await read(options);
  } catch (error) {
    if (!isUnknownPartition(error)) throw error;
    throw new SourceError("SOURCE_UNKNOWN", options.source, "there is no such topic or partition any more", 0);
  }
}

export function isUnknownPartition(error: unknown): boolean {
  return error instanceof LogError && error.code === "LOG_UNKNOWN_PARTITION";
}

async function read(options: SourceReaderOptions): Promise<void> {
  const { log, source, signal } = options;
  const target = { topic: source.topic, partition: source.partition };
  const earliest = await log.earliestOffset(target);
  const latest = await log.latestOffset(target);
  if (source.next < earliest) throw missingHistory(source, earliest);
  if (source.next > latest) {
    const problem = `it was decided up to offset ${source.next}, but ends at ${latest}: the topic was made anew or lost its end`;
    throw new SourceError("SOURCE_PAST_END", target, problem, earliest);
  }
  // The record before the position tells if this is still the topic that was read.
  const from = source.last >= earliest ? source.last : source.next;
  const reader = log.openReader({ ...target, from });
  let reached = from;
  const stop = (): void => reader.close();
  signal.addEventListener("abort", stop);
  const turns = new Turns();
  try {
    while (!signal.aborted) {
      const batch = await reader.next();
      reached = batch.nextOffset;
      const stamped = batch.timestampType === "append";
      for (const record of batch.records) {
        if (record.offset < source.next) checkSame(source, record, earliest);
        while (source.next <= record.offset) {
          for (let room = options.room(); room !== null && !signal.aborted; room = options.room()) await room;
          if (signal.aborted) return;
          const taking = options.onRecord(source, record, stamped);
          if (taking === undefined) break;
          await taking;
        }
        const turn = turns.next();
        if (turn !== null) await turn;
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof LogError && error.code === "LOG_OFFSET_OUT_OF_RANGE")
      throw missingHistory(source, await log.earliestOffset(target));
    if (error instanceof LogError && (error.code === "LOG_KEY_MISSING" || error.code === "LOG_UNDECIPHERABLE"))
      throw new SourceError("SOURCE_UNDECIPHERABLE", source, `${error.code}: ${error.message}`, reached + 1);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    reader.close();
  }
}

function missingHistory(source: SourceState, earliest: number): SourceError {
  const problem = `offsets ${source.next} to ${earliest - 1} were deleted by its retention before they were decided`;
  return new SourceError("SOURCE_MISSING_HISTORY", source, problem, earliest);
}

function checkSame(source: SourceState, record: StoredRecord, earliest: number): void {
  if (record.offset !== source.last || hashOf(record) === source.hash) return;
  const problem = `the record at offset ${record.offset} is not the one that was decided: the topic was made anew`;
  throw new SourceError("SOURCE_RECREATED", source, problem, earliest);
}
