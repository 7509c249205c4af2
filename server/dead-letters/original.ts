// What dead letters hold: their copies, or, where those were too large to be copied, the records where they were read first. Many are read in one
// go, since what a log answers with has what stands beside them.
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
/** Whatever lies between two that are wanted is read, if it is no more than this. */
const NEAR = 1_000;
const READ_BYTES = 256 * 1024;

/** Null where it is gone: the topic's retention took it. @throws LogError */
export async function originalOf(log: Log, letter: Letter): Promise<Original | null> {
  return (await originalsOf(log, [letter])).get(letter) ?? null;
}

/** Those that are there. @throws LogError */
export async function originalsOf<Of extends Letter>(log: Log, letters: readonly Of[]): Promise<ReadonlyMap<Of, Original>> {
  const found = new Map<Of, Original>();
  const places = letters.map((letter) => ({ letter, ...(letter.isCopied || letter.source === null ? letter : letter.source) }));
  const byPartition = Map.groupBy(places, ({ topic, partition }) => `${topic}/${partition}`);
  await Promise.all(
    [...byPartition.values()].map(async (own) => {
      const [first] = own;
      if (first === undefined) return;
      const records = await recordsAt(
        log,
        first,
        own.map(({ offset }) => offset),
      );
      for (const { letter, offset } of own) {
        const record = records.get(offset);
        if (record !== undefined) found.set(letter, withoutOwn(record));
      }
    }),
  );
  return found;
}

function withoutOwn({ key, value, headers }: StoredRecord): Original {
  return { key, value, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.test(name))) };
}

/** Those that are there. @throws LogError */
async function recordsAt(
  log: Log,
  { topic, partition }: TopicPartition,
  offsets: readonly number[],
): Promise<ReadonlyMap<number, StoredRecord>> {
  const found = new Map<number, StoredRecord>();
  const target = { topic, partition };
  try {
    const [start, end] = [await log.earliestOffset(target), await log.latestOffset(target)];
    const wanted = [...new Set(offsets)].filter((offset) => offset >= start && offset < end).toSorted((a, b) => a - b);
    for (let at = 0; at < wanted.length;) at = await readOn(log, target, wanted, at, found);
  } catch (error) {
    if (!(error instanceof LogError) || (error.code !== "LOG_OFFSET_OUT_OF_RANGE" && error.code !== "LOG_UNKNOWN_PARTITION")) throw error;
  }
  return found;
}

/** Reads from the one at `at` on, while the next is near. Returns the place of the first that is not read. */
async function readOn(
  log: Log,
  target: TopicPartition,
  wanted: readonly number[],
  at: number,
  found: Map<number, StoredRecord>,
): Promise<number> {
  const isWanted = new Set(wanted);
  let next = wanted[at] ?? 0;
  let place = at;
  using reader = readerUntil(log, { ...target, from: next, mode: "bulk", maxBufferedBytes: READ_BYTES }, undefined);
  for (;;) {
    const { records, nextOffset } = await reader.next();
    for (const record of records) if (isWanted.has(record.offset)) found.set(record.offset, record);
    next = nextOffset;
    while (place < wanted.length && (wanted[place] ?? 0) < next) place += 1;
    const following = wanted[place];
    if (following === undefined || following - next > NEAR) return place;
  }
}
