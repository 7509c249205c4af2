// What waits to be appended to one partition, oldest first. Its head alone is ever on its way, so order holds through every retry.
import { LogError } from "../errors.ts";
import type { Appended, TopicPartition } from "../log.ts";

export interface Batch {
  readonly bytes: Buffer;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: LogError) => void;
  /** Sent, and nobody said for certain that it is not in the log. */
  inDoubt: boolean;
  isSettled: boolean;
}

export class PartitionQueue {
  readonly target: TopicPartition;
  /** Nothing is under way: the next batch has to start it. */
  isIdle = true;
  /** Its replicas lag: it goes by a connection where it holds up nobody but its like. */
  isSlow = false;
  /** In a row. */
  failures = 0;
  readonly #batches: Batch[] = [];

  constructor(target: TopicPartition) {
    this.target = target;
  }

  push(batch: Batch): void {
    this.#batches.push(batch);
  }

  /** The batch to send next; null when nobody waits for any. */
  head(): Batch | null {
    for (;;) {
      const first = this.#batches[0];
      if (first === undefined) return null;
      if (!first.isSettled) return first;
      this.#batches.shift();
    }
  }

  rest(): void {
    this.isIdle = true;
    this.failures = 0;
  }

  acknowledge(batch: Batch, appended: Appended): void {
    if (batch.isSettled) return;
    batch.isSettled = true;
    batch.resolve(appended);
  }

  giveUp(batch: Batch, error: LogError): void {
    if (batch.isSettled) return;
    batch.isSettled = true;
    batch.reject(inDoubt(error, batch));
  }

  failAll(error: LogError): void {
    for (const batch of this.#batches.splice(0)) this.giveUp(batch, error);
  }
}

function inDoubt(error: LogError, batch: Batch): LogError {
  if (error.outcomeUnknown === batch.inDoubt) return error;
  return new LogError(error.code, error.message, {
    retriable: error.retriable,
    outcomeUnknown: batch.inDoubt,
    cause: error.cause ?? error,
  });
}
