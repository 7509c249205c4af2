// The audit as people read it: the newest first, a page at a time, straight from the log.
import type { Log, TopicPartition } from "../../engine/log/log.ts";
import { readerUntil } from "../../engine/log/reader-until.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";
import type { AuditEntry } from "../contract/audit.ts";
import type { Page } from "../contract/words.ts";
import { decodeAuditEntry } from "./audit-entry.ts";
import { auditPartition } from "./audit-topic.ts";

/** Read at once, going back. */
const CHUNK = 1_000;
/** Looked at for one page: who looks for what is rare asks again with the cursor. */
const MAX_SCANNED = 50_000;

export interface AuditQuestion {
  readonly limit: number;
  /** Entries before this offset; null: the newest. */
  readonly before: number | null;
  /** Only of this target. */
  readonly target: string | null;
}

/** @throws LogError */
export async function auditPage(log: Log, topics: AppTopics, question: AuditQuestion, signal: AbortSignal): Promise<Page<AuditEntry>> {
  const partition = auditPartition(topics);
  if ((await log.describeTopic(partition.topic)) === null) return { items: [], next: null };
  const [earliest, latest] = await Promise.all([log.earliestOffset(partition), log.latestOffset(partition)]);
  const items: AuditEntry[] = [];
  let end = Math.min(question.before ?? latest, latest);
  const stopAt = Math.max(earliest, end - MAX_SCANNED);
  while (end > stopAt) {
    const begin = Math.max(stopAt, end - CHUNK);
    const found = await between(log, { partition, begin, end }, signal);
    for (const entry of found.toReversed()) {
      if (question.target !== null && entry.target !== question.target) continue;
      if (items.length === question.limit) return { items, next: items.at(-1)?.id ?? null };
      items.push(entry);
    }
    end = begin;
  }
  return { items, next: end > earliest ? String(end) : null };
}

async function between(
  log: Log,
  { partition, begin, end }: { readonly partition: TopicPartition; readonly begin: number; readonly end: number },
  signal: AbortSignal,
): Promise<readonly AuditEntry[]> {
  using reader = readerUntil(log, { ...partition, from: begin, mode: "bulk" }, signal);
  const entries: AuditEntry[] = [];
  for (;;) {
    const { records, nextOffset, highWatermark } = await reader.next();
    for (const record of records) {
      if (record.offset >= end) return entries;
      const decoded = decodeAuditEntry(record);
      if (decoded === null) continue;
      const { offset: _, ...entry } = decoded;
      entries.push(entry);
    }
    if (nextOffset >= end || nextOffset >= highWatermark) return entries;
  }
}
