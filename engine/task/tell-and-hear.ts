// Asks the owner of a partition something by its inbox, and reads the answer in its journal.
import type { Frame } from "../../schemas/journal/generated.ts";
import { systemClock, type Clock } from "../core/clock.ts";
import { decodeEntry } from "../journal/entry.ts";
import { JournalError } from "../journal/errors.ts";
import type { Log, PartitionReader } from "../log/log.ts";
import type { JournalRecord, MessageBody } from "../workflow/records.ts";
import type { AppTopics } from "./app-topics.ts";
import { tellPartition } from "./tell-partition.ts";

export interface HearingOptions {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "journal" | "inbox">;
  readonly partitions: number;
  readonly partition: number;
  /** How long an owner is waited for, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock?: Pick<Clock, "setTimer">;
  readonly signal?: AbortSignal;
}

/**
 * Null where no owner answers in time: nobody runs the partition, or it has stopped. `answerIn` sees each record of each frame, also of one that
 * does not count, since its owner had a successor already: see `engine/worker/swap/version.ts` for a way to tell. @throws LogError
 */
export async function tellAndHear<Answer>(
  { log, topics, partitions, partition, timeoutMs, clock = systemClock, signal }: HearingOptions,
  message: MessageBody,
  answerIn: (record: JournalRecord, epoch: number) => Answer | null,
): Promise<Answer | null> {
  const late = new AbortController();
  const forget = clock.setTimer(timeoutMs, () => late.abort());
  const over = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  const journal = { topic: topics.journal, partition };
  let reader: PartitionReader | null = null;
  const stop = (): void => reader?.close();
  over.addEventListener("abort", stop);
  try {
    const from = await log.latestOffset(journal);
    await tellPartition({ log, inbox: topics.inbox, partitions, signal: over }, partition, message);
    reader = log.openReader({ ...journal, from });
    while (!over.aborted) {
      const { records } = await reader.next();
      for (const { value } of records) {
        const frame = frameIn(value);
        for (const record of frame?.records ?? []) {
          const answer = answerIn(record, frame?.epoch ?? -1);
          if (answer !== null) return answer;
        }
      }
    }
  } catch (error) {
    if (!over.aborted) throw error;
  } finally {
    forget();
    over.removeEventListener("abort", stop);
    reader?.close();
  }
  signal?.throwIfAborted();
  return null;
}

/** Damage is told by whoever folds the journal. */
function frameIn(value: Buffer | null): Frame | null {
  try {
    const entry = decodeEntry(value);
    return entry.kind === "frame" ? entry.frame : null;
  } catch (error) {
    if (error instanceof JournalError) return null;
    throw error;
  }
}
