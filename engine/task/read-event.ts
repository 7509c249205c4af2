// What a record of a source says, where it is no larger than the app takes.
import type { StoredRecord } from "../log/log.ts";
import { decodeEvent, type ReadResult } from "../workflow/event/cloud-event.ts";
import { FUNCTION_FAILED } from "../workflow/run/handlers.ts";

const FAILURE_BYTES = 64 * 1024;

export function readEvent(record: StoredRecord, maxEventBytes: number): ReadResult {
  const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0);
  const limit = limitOf(record, maxEventBytes);
  if (bytes <= limit) return decodeEvent(record);
  return { ok: false, code: "EVENT_TOO_LARGE", reason: `the event has ${bytes} bytes; the limit is ${limit}` };
}

/** The engine's own event holds the event of the run that failed, its key once more, and the error. */
function limitOf({ headers }: StoredRecord, maxEventBytes: number): number {
  return headers["ce_type"]?.toString() === FUNCTION_FAILED ? 2 * maxEventBytes + FAILURE_BYTES : maxEventBytes;
}
