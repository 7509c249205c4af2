// One entry of the audit topic: JSON, so that anybody can read it with Kafka's own tools.
import { z } from "zod";
import type { LogRecord, StoredRecord } from "../../engine/log/log.ts";
import type { AuditEntry } from "../contract/audit.ts";

const Stored = z.object({
  actor: z.string(),
  operation: z.string(),
  target: z.string(),
  /** No payloads. */
  parameters: z.record(z.string(), z.unknown()),
  outcome: z.enum(["asked", "failed"]),
  detail: z.string().nullable(),
  /** Of a failure: the offset of what was asked. */
  of: z.int().nullable(),
});
export type StoredAuditEntry = z.infer<typeof Stored>;

export function encodeAuditEntry(entry: StoredAuditEntry): LogRecord {
  return { key: Buffer.from(entry.target), value: Buffer.from(JSON.stringify(entry)) };
}

/** Null where somebody else wrote something into the topic. */
export function decodeAuditEntry({ offset, timestamp, value }: StoredRecord): (AuditEntry & { readonly offset: number }) | null {
  const read = Stored.safeParse(parsed(value));
  if (!read.success) return null;
  const { parameters, of, ...rest } = read.data;
  return {
    offset,
    id: String(offset),
    at: timestamp,
    ...rest,
    parameters: JSON.stringify(parameters),
    of: of === null ? null : String(of),
  };
}

function parsed(value: Buffer | null): unknown {
  try {
    return JSON.parse(value?.toString("utf8") ?? "");
  } catch {
    return null;
  }
}
