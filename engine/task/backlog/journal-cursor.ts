// Reads a journal forwards from wherever it is told to. What was fetched is used where it can be; small gaps are read through.
import type { Log, PartitionReader, StoredRecord, TopicPartition } from "../../log/log.ts";

/** Of what is fetched ahead (R16). */
const BUFFER_BYTES = 128 * 1024;
/** To read so much that is not wanted takes no longer than to ask for what comes after it. */
const READ_THROUGH_BYTES = 64 * 1024;
const FIRST_GUESS_BYTES = 1_024;

export class JournalCursor {
  readonly #log: Pick<Log, "openReader">;
  readonly #journal: TopicPartition;
  #reader: PartitionReader | null = null;
  #records: readonly StoredRecord[] = [];
  /** Index in `records` of the next. */
  #at = 0;
  /** They were copied. */
  #isOwn = false;
  /** Every entry below was passed by. */
  #position = 0;
  /** The offset after what was fetched. */
  #fetched = 0;
  /** How long an entry is, about. */
  #entryBytes = FIRST_GUESS_BYTES;

  constructor(log: Pick<Log, "openReader">, journal: TopicPartition) {
    this.#log = log;
    this.#journal = journal;
  }

  /** The next entry is the first from here on. */
  seek(offset: number): void {
    const gapBytes = Math.max(0, offset - this.#fetched) * this.#entryBytes;
    const isPast = offset < this.#position;
    if (isPast || gapBytes > (this.#reader === null ? 0 : READ_THROUGH_BYTES)) {
      this.close();
      this.#fetched = offset;
    }
    this.#position = offset;
  }

  /** The offset from which on nothing is fetched. */
  get fetched(): number {
    return this.#fetched;
  }

  /** Undefined where it is past `to`, or not fetched yet. */
  next(to: number): StoredRecord | undefined {
    for (;;) {
      const record = this.#records[this.#at];
      if (record === undefined || record.offset > to) return undefined;
      this.#at += 1;
      if (record.offset < this.#position) continue;
      this.#position = record.offset + 1;
      return record;
    }
  }

  /** May bring nothing, at the journal's end. @throws LogError */
  async fetch(): Promise<void> {
    this.#reader ??= this.#log.openReader({ ...this.#journal, from: this.#fetched, mode: "bulk", maxBufferedBytes: BUFFER_BYTES });
    const { records, nextOffset } = await this.#reader.next();
    this.#records = records;
    this.#at = 0;
    this.#isOwn = false;
    this.#fetched = nextOffset;
    if (records.length === 0) return;
    let bytes = 0;
    for (const { value } of records) bytes += value?.length ?? 0;
    this.#entryBytes = Math.ceil(bytes / records.length);
  }

  /** Nothing is wanted for now: a reader would go on asking the log. */
  rest(): void {
    this.#reader?.close();
    this.#reader = null;
    if (this.#isOwn) return;
    // They are views of the whole answer that they came in.
    const left = this.#records.slice(this.#at);
    this.#records = left.map((record) => ({ ...record, value: record.value === null ? null : Buffer.from(record.value) }));
    this.#at = 0;
    this.#isOwn = true;
  }

  close(): void {
    this.#reader?.close();
    this.#reader = null;
    this.#records = [];
    this.#at = 0;
  }
}
