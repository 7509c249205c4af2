// What the owners of partitions say of their live state: asked by their inboxes, told in their journals.
import { randomId } from "../core/ids.ts";
import { decodeEntry } from "../journal/entry.ts";
import { JournalError } from "../journal/errors.ts";
import type { Log } from "../log/log.ts";
import type { AppTopics } from "../task/app-topics.ts";
import { tellPartition } from "../task/tell-partition.ts";
import type { JournalRecord } from "../workflow/records.ts";

export interface LiveDigest {
  /** Number of the frame after which the state had it. */
  readonly lsn: number;
  readonly digest: string;
}

export interface AskDigestOptions {
  readonly log: Log;
  readonly topics: Pick<AppTopics, "journal" | "inbox">;
  readonly partitions: number;
  readonly partition: number;
  /** How long an owner is waited for, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Null where no owner answers in time: nobody runs the partition, or it has stopped. @throws LogError */
export async function askDigest(options: AskDigestOptions): Promise<LiveDigest | null> {
  const { log, topics, partitions, partition, timeoutMs, signal } = options;
  const late = AbortSignal.timeout(timeoutMs);
  const over = signal === undefined ? late : AbortSignal.any([late, signal]);
  const journal = { topic: topics.journal, partition };
  const nonce = randomId();
  const from = await log.latestOffset(journal);
  await tellPartition({ log, inbox: topics.inbox, partitions, signal: over }, partition, { type: "AskDigest", nonce });
  const reader = log.openReader({ ...journal, from });
  const stop = (): void => reader.close();
  over.addEventListener("abort", stop);
  try {
    while (!over.aborted) {
      const { records } = await reader.next();
      for (const { value } of records) {
        const told = toldIn(value, nonce);
        if (told !== null) return told;
      }
    }
  } catch (error) {
    if (!over.aborted) throw error;
  } finally {
    over.removeEventListener("abort", stop);
    reader.close();
  }
  signal?.throwIfAborted();
  return null;
}

function toldIn(value: Buffer | null, nonce: string): LiveDigest | null {
  for (const record of recordsOf(value)) {
    if (record.type === "DigestTold" && record.nonce === nonce) return { lsn: record.of, digest: record.digest };
  }
  return null;
}

/** Damage is told by whoever folds the journal. */
function recordsOf(value: Buffer | null): readonly JournalRecord[] {
  try {
    const entry = decodeEntry(value);
    return entry.kind === "frame" ? entry.frame.records : [];
  } catch (error) {
    if (error instanceof JournalError) return [];
    throw error;
  }
}
