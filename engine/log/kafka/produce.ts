// Appending. Every partition has a queue of encoded batches, one of which is on its way at a time; every leader broker has a
// sender that carries the heads of all its partitions' queues in one Produce request.
//
// R6: a batch is encoded once, and the same bytes are sent until they are acknowledged, finally refused, or given up by their caller.
import { LogError } from "../errors.ts";
import type { Appended, LogRecord, TopicPartition } from "../log.ts";
import { backoffMs, pause } from "./backoff.ts";
import { keyOf, type Cluster } from "./cluster.ts";
import type { Connections } from "./connections.ts";
import { PartitionQueue, type Batch } from "./partition-queue.ts";
import { Sender } from "./sender.ts";
import { ERROR, errorOfCode } from "./protocol/error-codes.ts";
import type { ProducedPartition } from "./protocol/produce.ts";
import { encodeRecordBatch, payloadBytes, payloadBytesAtMost, type Compress } from "./protocol/record-batch.ts";

/** The largest batch on the wire, and the `max.message.bytes` that topics made through this log get unless they say otherwise. */
export const MAX_ENCODED_BYTES = 4 * 1024 * 1024;
/** The port's `maxBatchBytes`: leaves room for lengths, deltas and the header. */
export const MAX_PAYLOAD_BYTES = MAX_ENCODED_BYTES - 256 * 1024;

export class Appender {
  readonly #cluster: Cluster;
  readonly #connections: Connections;
  readonly #compress: Compress | undefined;
  readonly #closing: AbortSignal;
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #senders = new Map<string, Sender>();

  constructor(cluster: Cluster, connections: Connections, closing: AbortSignal, compress?: Compress) {
    this.#cluster = cluster;
    this.#connections = connections;
    this.#compress = compress;
    this.#closing = closing;
    closing.addEventListener("abort", () => this.#close());
  }

  async append(target: TopicPartition, records: readonly LogRecord[], signal: AbortSignal | undefined): Promise<Appended> {
    if (this.#closing.aborted) throw closed();
    if (signal?.aborted === true) throw aborted();
    const bytes = encode(target, records, this.#compress);
    const queue = this.#queueOf(target);
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    const batch: Batch = { bytes, resolve, reject, inDoubt: false, isSettled: false };
    const onAbort = (): void => queue.giveUp(batch, aborted());
    signal?.addEventListener("abort", onAbort, { once: true });
    queue.push(batch);
    if (queue.isIdle) this.#route(queue);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #queueOf(target: TopicPartition): PartitionQueue {
    const key = keyOf(target);
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new PartitionQueue({ topic: target.topic, partition: target.partition });
      this.#queues.set(key, queue);
    }
    return queue;
  }

  /** Hands a queue to its leader's sender, or looks for the leader first. */
  #route(queue: PartitionQueue): void {
    if (queue.head() === null) return queue.rest();
    const leader = this.#cluster.leader(queue.target);
    if (leader === null) return this.#locate(queue);
    queue.isIdle = false;
    const lane = queue.isSlow ? "produce-slow" : "produce";
    const key = `${lane} ${leader.nodeId} ${leader.host}:${leader.port}`;
    let sender = this.#senders.get(key);
    if (sender === undefined) {
      sender = new Sender(lane, leader, this.#connections, this.#cluster, {
        answered: (answered, batch, answer) => this.#answered(answered, batch, answer),
        unanswered: (unanswered, error) => this.#unanswered(unanswered, error),
      });
      this.#senders.set(key, sender);
    }
    sender.add(queue);
  }

  #locate(queue: PartitionQueue): void {
    queue.isIdle = false;
    this.#cluster
      .locate(queue.target, () => queue.head() !== null)
      .then(
        () => this.#route(queue),
        (error: unknown) => {
          queue.failAll(error instanceof LogError ? error : new LogError("LOG_FAILED", "The partition was not found.", { cause: error }));
          queue.rest();
        },
      );
  }

  #answered(queue: PartitionQueue, batch: Batch, answer: ProducedPartition): void {
    if (answer.errorCode === ERROR.none) {
      const appendTime = answer.logAppendTime < 0 ? null : answer.logAppendTime;
      queue.isSlow = false;
      queue.failures = 0;
      queue.acknowledge(batch, { baseOffset: answer.baseOffset, appendTime });
      return this.#route(queue);
    }
    const refusal = errorOfCode(answer.errorCode, `an append to ${keyOf(queue.target)}`);
    if (!refusal.retriable) {
      queue.giveUp(batch, refusal);
      return this.#route(queue);
    }
    // It is in the leader's log and waits for a replica: let it wait where it holds up nobody else.
    if (answer.errorCode === ERROR.requestTimedOut || answer.errorCode === ERROR.notEnoughReplicasAfterAppend) queue.isSlow = true;
    this.#retry(queue);
  }

  #unanswered(queue: PartitionQueue, error: LogError): void {
    if (this.#closing.aborted) return;
    if (error.code === "LOG_FAILED") queue.failAll(error); // ours to mend, not time's
    this.#retry(queue);
  }

  #retry(queue: PartitionQueue): void {
    queue.failures++;
    this.#cluster.forget(queue.target);
    pause(backoffMs(queue.failures), this.#closing).then(
      () => this.#route(queue),
      () => {}, // closing: every batch was settled there
    );
  }

  #close(): void {
    for (const queue of this.#queues.values()) queue.failAll(closed());
    this.#queues.clear();
  }
}

function encode(target: TopicPartition, records: readonly LogRecord[], compress: Compress | undefined): Buffer {
  if (records.length === 0) throw new LogError("LOG_INVALID_RECORD", `An append to ${keyOf(target)} has no records.`);
  if (payloadBytesAtMost(records) > MAX_PAYLOAD_BYTES) {
    const payload = payloadBytes(records);
    if (payload > MAX_PAYLOAD_BYTES) throw tooLarge(target, payload, MAX_PAYLOAD_BYTES);
  }
  const bytes = encodeRecordBatch(records, Date.now(), compress);
  if (bytes.length > MAX_ENCODED_BYTES) throw tooLarge(target, bytes.length, MAX_ENCODED_BYTES);
  return bytes;
}

function tooLarge(target: TopicPartition, bytes: number, most: number): LogError {
  return new LogError(
    "LOG_RECORD_TOO_LARGE",
    `A batch of ${bytes} bytes for ${keyOf(target)} is larger than the ${most} that one append takes.`,
  );
}

function aborted(): LogError {
  return new LogError("LOG_ABORTED", "The append was aborted.");
}

function closed(): LogError {
  return new LogError("LOG_CLOSED", "The log was closed.");
}
