// What the keys topic says. A key: its name, and 32 bytes. When its subject is erased, a mark takes the place of the bytes, for good: so a key
// that is not known yet is told from one that is gone. Compaction leaves the last word of each name.
import { createHash, randomBytes } from "node:crypto";
import type { LogRecord, StoredRecord } from "../log/log.ts";
import { KEY_BYTES, type SubjectKey } from "./cipher.ts";

const ERASED = Buffer.from("erased");

export type KeyRecord = { readonly name: string; readonly bytes: Buffer } | { readonly name: string; readonly bytes: null };

/** Who knows a subject finds what is its own; who does not has a hash of it. `app` keeps the same subject of two apps apart. */
export function subjectHash(app: string, subject: string): string {
  return createHash("sha256").update(`${app.length}:${app}${subject}`).digest("hex").slice(0, 32);
}

export function newKey(hash: string): SubjectKey {
  return { name: `${hash}.${randomBytes(8).toString("hex")}`, bytes: randomBytes(KEY_BYTES) };
}

export function keyRecord({ name, bytes }: SubjectKey): LogRecord {
  return { key: Buffer.from(name), value: bytes };
}

export function erasedRecord(name: string): LogRecord {
  return { key: Buffer.from(name), value: ERASED };
}

/** Says nothing: it is there so that something is written. Compaction keeps one. */
export function fillerRecord(now: number): LogRecord {
  return { key: Buffer.from("filler"), value: Buffer.from(String(now)) };
}

/** Null for what is none of them: fillers, and what anybody else may write. */
export function readKeyRecord({ key, value }: Pick<StoredRecord, "key" | "value">): KeyRecord | null {
  const name = key?.toString() ?? "";
  if (!/^[0-9a-f]{32}\.[0-9a-f]{16}$/.test(name) || value === null) return null;
  if (value.equals(ERASED)) return { name, bytes: null };
  return value.length === KEY_BYTES ? { name, bytes: Buffer.from(value) } : null;
}
