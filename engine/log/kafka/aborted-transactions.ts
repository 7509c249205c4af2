// Foreign producers may write in transactions. A committed read is told which of them were aborted, by producer and first
// offset, and leaves it to the client to hide their records. (kafkajs' own filter takes any record whose key is two zero bytes
// for an abort marker and then shows aborted data.)
import type { FetchedPartition } from "./protocol/fetch.ts";
import { isAbortMarker, isControl, isTransactional, type StoredBatch } from "./protocol/record-set.ts";

/** Walks one answer's batches in order, each once. */
export class AbortedTransactions {
  /** Not yet reached, oldest first. */
  readonly #ahead: FetchedPartition["abortedTransactions"][number][];
  readonly #open = new Set<number>();

  constructor(aborted: FetchedPartition["abortedTransactions"]) {
    this.#ahead = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Whether this batch's records are for the reader's eyes: markers never are, records of an aborted transaction only uncommitted. */
  shows(batch: StoredBatch, committedOnly: boolean): boolean {
    if (committedOnly) this.#enter(batch.lastOffset);
    if (isControl(batch)) {
      if (this.#open.has(batch.producerId) && isAbortMarker(batch)) this.#open.delete(batch.producerId);
      return false;
    }
    return !(isTransactional(batch) && this.#open.has(batch.producerId));
  }

  #enter(upTo: number): void {
    for (let next = this.#ahead[0]; next !== undefined && next.firstOffset <= upTo; next = this.#ahead[0]) {
      this.#open.add(next.producerId);
      this.#ahead.shift();
    }
  }
}
