// A reader of one partition: the newest batches from memory, older ones from the store, and a short wait at the end.
import { assert } from "../../core/errors.ts";
import { LogError } from "../errors.ts";
import type { PartitionReader, ReadBatch, StoredRecord } from "../log.ts";
import { decodeBatch, type EncodedBatch } from "./batch-codec.ts";
import type { Partition } from "./partition.ts";
import type { Store } from "./store.ts";

const WAIT_MS = 250;

interface EmbeddedReaderOptions {
  /** @throws LogError where there is no such partition: at the first `next`, as on Kafka. */
  readonly partition: () => Partition;
  readonly store: Store;
  readonly from: number;
  readonly maxBytes: number;
  readonly onClosed: (reader: EmbeddedReader) => void;
}

export class EmbeddedReader implements PartitionReader {
  readonly #options: EmbeddedReaderOptions;
  #position: number;
  #closed = false;
  #reading = false;
  #stopWaiting: (() => void) | null = null;

  constructor(options: EmbeddedReaderOptions) {
    this.#options = options;
    this.#position = options.from;
  }

  async next(): Promise<ReadBatch> {
    assert(!this.#reading, "a reader's next was called while another waits");
    this.#reading = true;
    try {
      if (this.#closed) throw new LogError("LOG_CLOSED", "the reader was closed");
      const partition = this.#options.partition();
      this.#check(partition);
      if (this.#position === partition.end) await this.#waitForChange(partition);
      this.#check(partition);
      return await this.#read(partition);
    } finally {
      this.#reading = false;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWaiting?.();
    this.#options.onClosed(this);
  }

  async #read(partition: Partition): Promise<ReadBatch> {
    const { store, maxBytes } = this.#options;
    const end = partition.end;
    let batches: readonly EncodedBatch[] = [];
    let complete = true;
    if (this.#position < end) {
      const tail = partition.fromTail(this.#position, maxBytes);
      if (tail !== null) {
        batches = tail;
        complete = false;
      } else {
        ({ batches, complete } = await store.read(partition.id, this.#position, end, maxBytes));
        this.#check(partition); // closed or trimmed meanwhile
      }
    }
    const records: StoredRecord[] = [];
    for (const batch of batches) {
      for (const record of decodeBatch(batch, this.#position)) records.push(record);
    }
    const last = batches.at(-1);
    this.#position = complete ? end : last === undefined ? this.#position : last.last + 1;
    return { records, nextOffset: this.#position, highWatermark: end, timestampType: "append" };
  }

  #waitForChange(partition: Partition): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        forget();
        this.#stopWaiting = null;
        resolve();
      };
      const timer = setTimeout(settle, WAIT_MS);
      const forget = partition.onceChanged(settle);
      this.#stopWaiting = settle;
    });
  }

  #check({ start, end, target }: Partition): void {
    if (this.#closed) throw new LogError("LOG_CLOSED", `the reader of ${target.topic}/${target.partition} was closed`);
    if (this.#position < start || this.#position > end) {
      throw new LogError(
        "LOG_OFFSET_OUT_OF_RANGE",
        `offset ${this.#position} of ${target.topic}/${target.partition} is not in the log, which begins at ${start} and ends at ${end}`,
      );
    }
  }
}
