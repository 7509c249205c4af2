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
    ...(headerBytes(record) <= MAX_COPIED_HEADER_BYTES ? copied(record.headers) : {}),
    "mr-code": Buffer.from(problem.code),
    "mr-reason": Buffer.from(problem.reason.slice(0, 1000).toWellFormed()),
    "mr-topic": Buffer.from(topic),
    "mr-partition": Buffer.from(String(partition)),
    "mr-offset": Buffer.from(String(offset)),
    "mr-copied": Buffer.from(String(isCopied)),
  };
  return [
    { type: "InputRejected", topic, partition, offset, code: problem.code, reason: problem.reason.slice(0, 1000).toWellFormed() },
    owe(state, { target: "deadLetter", key: isCopied ? copy(record.key) : null, value: isCopied ? copy(record.value) : null, headers }),
  ];
}

function headerBytes({ headers }: StoredRecord): number {
  let bytes = 0;
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}

/** What was read is a part of a whole answer of the log, which it would keep in memory for as long as it is owed. */
function copy(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}

function copied(headers: Readonly<Record<string, Buffer>>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
}
