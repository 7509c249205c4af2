// What a record of a source says, where it is no larger than the app takes (R15).
import { orAborted } from "../core/or-aborted.ts";
import { isSealedBytes, sealedBytes } from "../core/sealed-size.ts";
import type { StoredRecord } from "../log/log.ts";
import { decodeEvent, type ReadResult } from "../workflow/event/cloud-event.ts";
import { FUNCTION_FAILED } from "../workflow/run/handlers.ts";
import type { EventReader } from "./event-reader.ts";

const FAILURE_BYTES = 64 * 1024;

/** What tasks read by that are told nothing else: CloudEvents with JSON. */
export const jsonEvents: EventReader = { read: (_, record) => decodeEvent(record) };

export interface Reading {
  readonly reader: EventReader;
  readonly maxEventBytes: number;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** As `EventReader.read`. */
export function readEvent(
  { reader, maxEventBytes }: Reading,
  { topic, partition }: Place,
  record: StoredRecord,
): ReadResult | null | Promise<void> {
  const limit = limitOf(record, maxEventBytes);
  const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0);
  if (bytes > limit) return tooLarge(bytes, limit);
  const read = reader.read(topic, record, partition);
  if (read === null || read instanceof Promise || !read.ok) return read;
  // Written as JSON it may be larger than it was.
  const { data, key } = read.event;
  if (data.length * 3 + (key?.length ?? 0) * 3 <= limit) return read;
  const written = Buffer.byteLength(data) + Buffer.byteLength(key ?? "");
  return written > limit ? tooLarge(written, limit) : read;
}

/** As `readEvent`, once it can be read. @throws the signal's reason */
export async function readEventInTime(
  reading: Reading,
  place: Place,
  record: StoredRecord,
  signal: AbortSignal,
): Promise<ReadResult | null> {
  for (;;) {
    const read = readEvent(reading, place, record);
    if (!(read instanceof Promise)) return read;
    await orAborted(read, signal);
  }
}

function tooLarge(bytes: number, limit: number): ReadResult {
  return { ok: false, code: "EVENT_TOO_LARGE", reason: `the event has ${bytes} bytes; the limit is ${limit}` };
}

/** The engine's own event holds the event of the run that failed, its key once more, and the error. */
function limitOf({ headers, value }: StoredRecord, maxEventBytes: number): number {
  if (headers["ce_type"]?.toString() === FUNCTION_FAILED) return 2 * maxEventBytes + FAILURE_BYTES;
  // It was checked before it was sealed.
  return isSealedBytes(value) ? sealedBytes(maxEventBytes) : maxEventBytes;
}
