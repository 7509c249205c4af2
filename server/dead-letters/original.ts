// What a dead letter holds: its copy, or, where that was too large to be copied, the record where it was read first.
import { LogError } from "../../engine/log/errors.ts";
import type { Log, StoredRecord, TopicPartition } from "../../engine/log/log.ts";
import { readerUntil } from "../../engine/log/reader-until.ts";
import type { Letter } from "./letter.ts";

export interface Original {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Without those that the letter adds. */
  readonly headers: Readonly<Record<string, Buffer>>;
}

const OWN = /^mr-/;

/** Null where it is gone: the topic's retention took it. @throws LogError */
export async function originalOf(log: Log, letter: Letter): Promise<Original | null> {
  const { source, isCopied } = letter;
  const record = isCopied || source === null ? await recordAt(log, letter) : await recordAt(log, source);
  if (record === null) return null;
  const { key, value, headers } = record;
  const own = Object.entries(headers).filter(([name]) => !OWN.test(name));
  return { key, value, headers: Object.fromEntries(own) };
}

/** Null where there is none any more. @throws LogError */
async function recordAt(
  log: Log,
  { topic, partition, offset }: TopicPartition & { readonly offset: number },
): Promise<StoredRecord | null> {
  const target = { topic, partition };
  try {
    const end = await log.latestOffset(target);
    if (offset >= end || offset < (await log.earliestOffset(target))) return null;
    using reader = readerUntil(log, { ...target, from: offset, mode: "bulk", maxBufferedBytes: 64 * 1024 }, undefined);
    for (;;) {
      const { records, nextOffset } = await reader.next();
      const found = records.find((record) => record.offset === offset);
      if (found !== undefined) return found;
      if (nextOffset > offset) return null;
    }
  } catch (error) {
    if (error instanceof LogError && (error.code === "LOG_OFFSET_OUT_OF_RANGE" || error.code === "LOG_UNKNOWN_PARTITION")) return null;
    throw error;
  }
}
