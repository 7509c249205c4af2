// Which events of a backfill's ranges entered its function before it began, as the partition's own journal has it: they are not given to it again.
import { setImmediate as nextTurn } from "node:timers/promises";
import { decodeMessage } from "../../journal/inbox.ts";
import type { Log, TopicPartition } from "../../log/log.ts";
import { readerUntil } from "../../log/reader-until.ts";
import type { BackfillState } from "../../workflow/backfill/state.ts";
import type { JournalRecord } from "../../workflow/records.ts";
import { sourceKey } from "../../workflow/source/source.ts";
import { emptyState } from "../../workflow/state.ts";
import { entryThatCounts } from "../fold.ts";
import { OffsetSet } from "./offset-set.ts";

/** By `topic/partition`. */
export type EnteredOffsets = ReadonlyMap<string, Pick<OffsetSet, "has">>;

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/**
 * Null where the journal does not hold its beginning any more, so that nobody can tell. What the backfill itself started is not among them: its
 * positions tell that. @throws JournalError, LogError, the signal's reason
 */
export async function enteredBefore(
  log: Pick<Log, "openReader" | "earliestOffset">,
  journal: TopicPartition,
  { functionId, lsn, ranges }: Pick<BackfillState, "functionId" | "lsn" | "ranges">,
  signal: AbortSignal,
): Promise<EnteredOffsets | null> {
  if ((await log.earliestOffset(journal)) > 0) return null;
  const entered = new Map(ranges.map(({ topic, partition }) => [sourceKey(topic, partition), new OffsetSet()]));
  // Knows whose frames count, and nothing else.
  const owners = emptyState(journal.partition, 1);
  using reader = readerUntil(log, { ...journal, from: 0, mode: "bulk" }, signal);
  for (;;) {
    signal.throwIfAborted();
    const { records, nextOffset, highWatermark } = await reader.next();
    for (const { offset, value } of records) {
      const entry = entryThatCounts(owners, offset, value);
      if (entry?.kind !== "frame") continue;
      owners.lsn = entry.frame.lsn;
      for (const record of entry.frame.records) {
        for (const place of placesIn(record, functionId)) entered.get(sourceKey(place.topic, place.partition))?.add(place.offset);
      }
      if (owners.lsn >= lsn) return entered;
    }
    if (nextOffset >= highWatermark) return entered;
    await nextTurn();
  }
}

/** Events that came to the function by this record, wherever they went from there. @throws JournalError where a message in it cannot be read */
export function placesIn(record: JournalRecord, functionId: string): readonly Place[] {
  switch (record.type) {
    case "RunsStarted":
      return record.runs.some((run) => run.functionId === functionId) ? [record.event, ...record.batch] : [];
    case "RunQueued":
      return record.functionId === functionId ? record.events : [];
    case "EventHeld":
      return record.functionId === functionId ? [record.event] : [];
    case "RunSkipped":
      return record.functionId === functionId ? [record] : [];
    case "EventSpread":
      return record.entries.some((entry) => entry.functionId === functionId) ? [record.event] : [];
    case "MessageSent": {
      const body = decodeMessage(record.body);
      return body.type === "EnterFunction" && body.functionId === functionId ? body.events : [];
    }
    default:
      return [];
  }
}
