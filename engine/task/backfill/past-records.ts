// A part of a source partition, forwards, with what is gone of it.
import { LogError } from "../../log/errors.ts";
import type { Log, StoredRecord, TopicPartition } from "../../log/log.ts";
import { readerUntil } from "../../log/reader-until.ts";
import { isUnknownPartition } from "../source-reader.ts";

/** Of what is read ahead: live events share the memory (R16). */
const BUFFER_BYTES = 512 * 1024;

export interface PastRecords {
  readonly records: readonly StoredRecord[];
  /** The offset up to which nothing else stands there. */
  readonly next: number;
  /** So many offsets before the first of them are gone: deleted by retention, or with the topic. */
  readonly missing: number;
}

interface Range extends TopicPartition {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/** Up to `to`, whatever becomes of the topic. @throws LogError, the signal's reason */
export async function* pastRecords(
  log: Pick<Log, "openReader" | "earliestOffset" | "latestOffset">,
  { topic, partition, from, to }: Range,
  signal: AbortSignal,
): AsyncIterable<PastRecords> {
  const target = { topic, partition };
  let at = from;
  while (at < to) {
    const there = await boundsOf(log, target);
    signal.throwIfAborted();
    const start = Math.min(Math.max(at, there.earliest), to);
    if (start > at) yield { records: [], next: start, missing: start - at };
    at = start;
    // It lost its end, or was made anew: what stood there is gone.
    if (there.latest <= at && at < to) {
      yield { records: [], next: to, missing: to - at };
      return;
    }
    const end = Math.min(to, there.latest);
    try {
      using reader = readerUntil(log, { ...target, from: at, mode: "bulk", maxBufferedBytes: BUFFER_BYTES }, signal);
      while (at < end) {
        signal.throwIfAborted();
        const { records, nextOffset } = await reader.next();
        at = Math.min(nextOffset, to);
        yield { records: records.filter(({ offset }) => offset < to), next: at, missing: 0 };
      }
    } catch (error) {
      signal.throwIfAborted();
      // Deleted while it was read: it goes on with what is left.
      if (!(error instanceof LogError) || (error.code !== "LOG_OFFSET_OUT_OF_RANGE" && !isUnknownPartition(error))) throw error;
    }
  }
}

async function boundsOf(
  log: Pick<Log, "earliestOffset" | "latestOffset">,
  target: TopicPartition,
): Promise<{ readonly earliest: number; readonly latest: number }> {
  try {
    return { earliest: await log.earliestOffset(target), latest: await log.latestOffset(target) };
  } catch (error) {
    if (isUnknownPartition(error)) return { earliest: 0, latest: 0 };
    throw error;
  }
}

/** Where a backfill's range begins and ends. `seam`: from there on its function counts anyway. Times in milliseconds since 1970. */
export async function locate(
  log: Pick<Log, "earliestOffset" | "latestOffset" | "offsetForTime">,
  target: TopicPartition,
  { seam, since, until }: { readonly seam: number; readonly since: number | null; readonly until: number | null },
): Promise<{ readonly from: number; readonly to: number; readonly missing: number; readonly isCut: boolean }> {
  const { earliest, latest } = await boundsOf(log, target);
  // Nobody can say any more where a time was.
  if (latest === 0) return { from: 0, to: seam, missing: 0, isCut: false };
  const to = until === null ? seam : Math.min(seam, await log.offsetForTime(target, until));
  const wanted = since === null ? 0 : await log.offsetForTime(target, since);
  const from = Math.min(Math.max(wanted, earliest), to);
  return { from, to, missing: since === null ? from : 0, isCut: since !== null && earliest > 0 && wanted <= earliest };
}
