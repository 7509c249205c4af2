// Opens what a reader of a sealed partition brings. A record that cannot be opened ends it: those before it are handed on first, and none is skipped.
import { LogError } from "../errors.ts";
import type { PartitionReader, ReadBatch, StoredRecord, TopicPartition } from "../log.ts";
import type { Codec } from "./codec.ts";
import { opened } from "./sealed-records.ts";

export class EncryptedReader implements PartitionReader {
  readonly #reader: PartitionReader;
  readonly #at: TopicPartition;
  readonly #codec: Codec | null;
  #failed: LogError | null = null;

  constructor(reader: PartitionReader, at: TopicPartition, codec: Codec | null) {
    [this.#reader, this.#at, this.#codec] = [reader, at, codec];
  }

  /** @throws LogError as the log's own reader; `LOG_KEY_MISSING`, `LOG_UNDECIPHERABLE` */
  async next(): Promise<ReadBatch> {
    if (this.#failed !== null) throw this.#failed;
    const batch = await this.#reader.next();
    const records: StoredRecord[] = [];
    for (const record of batch.records) {
      try {
        records.push(opened(this.#codec, this.#at, record));
      } catch (error) {
        if (!(error instanceof LogError)) throw error;
        this.#failed = error;
        if (records.length === 0) throw error;
        return { ...batch, records, nextOffset: record.offset };
      }
    }
    return { ...batch, records };
  }

  close(): void {
    this.#reader.close();
  }
}
