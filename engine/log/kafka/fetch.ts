// Which reader is fetched by which loop.
//
// Per broker there are two loops, each with its own socket. `follow` long-polls for all readers that follow; `bulk` never polls
// for long. A follower that gets hungry (new, or its buffer drained) while the long poll under way does not ask for it is the
// bulk loop's guest meanwhile, so nobody ever waits behind a long poll; while it has guests out, the follow loop polls shortly
// to take them back.
import { LogError } from "../errors.ts";
import type { PartitionReader, ReaderOptions, TopicPartition } from "../log.ts";
import { backoffMs, pause } from "./backoff.ts";
import { keyOf, type Cluster, type Leader } from "./cluster.ts";
import type { Connections, Lane } from "./connections.ts";
import { FetchLoop } from "./fetch-loop.ts";
import { ERROR, errorOfCode } from "./protocol/error-codes.ts";
import { BufferedReader } from "./reader.ts";

export interface Bounds {
  earliestOffset(target: TopicPartition): Promise<number>;
  latestOffset(target: TopicPartition): Promise<number>;
}

export class Fetcher {
  readonly #cluster: Cluster;
  readonly #connections: Connections;
  readonly #bounds: Bounds;
  readonly #closing: AbortSignal;
  readonly #readers = new Set<BufferedReader>();
  readonly #loops = new Map<string, FetchLoop>();

  constructor(cluster: Cluster, connections: Connections, bounds: Bounds, closing: AbortSignal) {
    this.#cluster = cluster;
    this.#connections = connections;
    this.#bounds = bounds;
    this.#closing = closing;
    closing.addEventListener("abort", () => {
      for (const reader of this.#readers) reader.close();
    });
  }

  open(options: ReaderOptions): PartitionReader {
    if (this.#closing.aborted) throw new LogError("LOG_CLOSED", "The log was closed.");
    const reader = new BufferedReader(
      options,
      (hungry) => this.#feed(hungry),
      (closed) => this.#readers.delete(closed),
    );
    this.#readers.add(reader);
    return reader;
  }

  /** Has a hungry reader fetched for by the loop that is soonest with it. */
  #feed(reader: BufferedReader): void {
    if (reader.isBeingFetched || !reader.isHungry) return;
    reader.isBeingFetched = true;
    const leader = this.#cluster.leader(reader.target);
    if (leader === null) return this.#locate(reader);
    const follow = this.#loop("follow", reader.committedOnly, leader);
    const isGuest = reader.mode === "follow" && follow.isInLongPoll;
    if (reader.mode === "follow" && !isGuest) return follow.add(reader);
    const bulk = this.#loop("bulk", reader.committedOnly, leader);
    if (isGuest) follow.guests.add(reader);
    bulk.add(reader);
  }

  #locate(reader: BufferedReader): void {
    this.#cluster
      .locate(reader.target, () => !reader.isClosed)
      .then(
        () => this.#release(reader),
        (error: unknown) => {
          reader.isBeingFetched = false;
          reader.fail(error instanceof LogError ? error : new LogError("LOG_FAILED", "The partition was not found.", { cause: error }));
        },
      );
  }

  #loop(mode: "follow" | "bulk", committedOnly: boolean, leader: Leader): FetchLoop {
    const lane: Lane = committedOnly ? mode : `${mode}-all`;
    const key = `${lane} ${leader.nodeId} ${leader.host}:${leader.port}`;
    let loop = this.#loops.get(key);
    if (loop === undefined) {
      loop = new FetchLoop(mode, committedOnly, leader, this.#connections.link(lane, leader), this.#cluster, {
        done: (reader) => this.#release(reader),
        refused: (reader, errorCode) => this.#refused(reader, errorCode),
        unanswered: (reader) => this.#retry(reader),
      });
      this.#loops.set(key, loop);
    }
    return loop;
  }

  /** The loop is through with this reader for now. */
  #release(reader: BufferedReader): void {
    reader.isBeingFetched = false;
    for (const loop of this.#loops.values()) loop.guests.delete(reader);
    this.#feed(reader);
  }

  #refused(reader: BufferedReader, errorCode: number): void {
    if (errorCode === ERROR.offsetOutOfRange) return void this.#outOfRange(reader);
    const refusal = errorOfCode(errorCode, `to read ${keyOf(reader.target)}`);
    if (refusal.retriable) return this.#retry(reader);
    reader.fail(refusal);
    this.#release(reader);
  }

  #retry(reader: BufferedReader): void {
    reader.failures++;
    this.#cluster.forget(reader.target);
    pause(backoffMs(reader.failures), this.#closing).then(
      () => this.#release(reader),
      () => {}, // closing: every reader was closed there
    );
  }

  /** R11: never jump. Says what there is instead, unless the log says by now that the offset is in it. */
  async #outOfRange(reader: BufferedReader): Promise<void> {
    const { target, fetchOffset } = reader;
    try {
      const [earliest, latest] = await Promise.all([this.#bounds.earliestOffset(target), this.#bounds.latestOffset(target)]);
      if (fetchOffset >= earliest && fetchOffset <= latest) return this.#retry(reader);
      const why = fetchOffset < earliest ? "was deleted" : "is past the end";
      reader.fail(
        new LogError(
          "LOG_OFFSET_OUT_OF_RANGE",
          `Offset ${fetchOffset} of ${keyOf(target)} ${why}: the log holds ${earliest} to ${latest}.`,
        ),
      );
    } catch (error) {
      reader.fail(error instanceof LogError ? error : new LogError("LOG_FAILED", "The log's bounds were not found.", { cause: error }));
    }
    this.#release(reader);
  }
}
