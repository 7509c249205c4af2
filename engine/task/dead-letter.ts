// What becomes of an input that cannot be decided: it is set aside with the reason, and stops nothing (R11).
import type { StoredRecord } from "../log/log.ts";
import type { JournalRecord } from "../workflow/records.ts";
import { owe } from "../workflow/emission/emission.ts";
import type { PartitionState, SourceState } from "../workflow/state.ts";

/** A larger value is left where it is; the dead letter says where. */
const MAX_COPIED_BYTES = 1024 * 1024;
const MAX_COPIED_HEADER_BYTES = 64 * 1024;

export function deadLetter(
  state: PartitionState,
  source: SourceState,
  record: StoredRecord,
  problem: { code: string; reason: string },
): JournalRecord[] {
  const { topic, partition } = source;
  const { offset } = record;
  const isCopied = (record.value?.length ?? 0) + (record.key?.length ?? 0) <= MAX_COPIED_BYTES;
  const headers: Record<string, Buffer> = {
    ...(headerBytes(record) <= MAX_COPIED_HEADER_BYTES ? record.headers : {}),
    "mr-code": Buffer.from(problem.code),
    "mr-reason": Buffer.from(problem.reason.slice(0, 1000).toWellFormed()),
    "mr-topic": Buffer.from(topic),
    "mr-partition": Buffer.from(String(partition)),
    "mr-offset": Buffer.from(String(offset)),
    "mr-copied": Buffer.from(String(isCopied)),
  };
  return [
    { type: "InputRejected", topic, partition, offset, code: problem.code, reason: problem.reason.slice(0, 1000).toWellFormed() },
    owe(state, { target: "deadLetter", key: isCopied ? record.key : null, value: isCopied ? record.value : null, headers }),
  ];
}

function headerBytes({ headers }: StoredRecord): number {
  let bytes = 0;
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}
