// Feeds topics to a sink: the live members of a group share each topic's partitions.
import { systemClock, type Clock } from "../../core/clock.ts";
import type { Log, Membership } from "../../log/log.ts";
import type { Logger } from "../../observability/logger.ts";
import { PartitionFeed, type FeedReport, type SinkBegin } from "./partition-feed.ts";
import type { Sink } from "./sink.ts";

/** A transaction of the sink; small enough that one whose work is synchronous does not hold up its process for long. */
const BATCH_BYTES = 256 * 1024;

export interface SinkOptions {
  readonly log: Log;
  readonly sink: Sink;
  readonly topics: readonly string[];
  /** Name of the consumer group. Where there are several topics, each has a group of its own: `<group>/<topic>`. */
  readonly group: string;
  readonly logger: Logger;
  /** Where a partition begins that the sink has nothing of. Default: the beginning. */
  readonly begin?: SinkBegin;
  /** Bytes of records that are fetched ahead, and written at once, by partition. Default 256 KiB. */
  readonly maxBatchBytes?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface RunningSink {
  /** What this member feeds now. */
  report(): readonly FeedReport[];
  /** Leaves the group when what is being written is written. Idempotent. */
  close(): Promise<void>;
}

/** Resolves when the groups are joined. @throws LogError */
export async function runSink(options: SinkOptions): Promise<RunningSink> {
  const shares = options.topics.map((topic) => new Share(options, topic));
  const close = async (): Promise<void> => void (await Promise.all(shares.map((share) => share.close())));
  try {
    await Promise.all(shares.map((share) => share.join()));
  } catch (error) {
    await close();
    throw error;
  }
  return { report: () => shares.flatMap((share) => share.report()), close };
}

/** Feeds all partitions of a topic up to where it ends, without a group. Resolves with how each of them ended: `ended`, or `stopped` and why. */
export async function feedToEnd(
  options: Omit<SinkOptions, "topics" | "group"> & { readonly topic: string; readonly partitions: number; readonly signal?: AbortSignal },
): Promise<readonly FeedReport[]> {
  const feeds = Array.from({ length: options.partitions }, (_, partition) => feedOf(options, options.topic, partition, true));
  const close = (): void => void Promise.all(feeds.map((feed) => feed.close()));
  options.signal?.addEventListener("abort", close);
  if (options.signal?.aborted === true) close();
  await Promise.all(feeds.map((feed) => feed.over));
  options.signal?.removeEventListener("abort", close);
  return feeds.map((feed) => feed.report());
}

/** Follows all partitions of a topic, without a group: for a database that nobody else feeds. */
export function followWhole(
  options: Omit<SinkOptions, "topics" | "group"> & { readonly topic: string; readonly partitions: number },
): RunningSink {
  const feeds = Array.from({ length: options.partitions }, (_, partition) => feedOf(options, options.topic, partition, false));
  const close = async (): Promise<void> => void (await Promise.all(feeds.map((feed) => feed.close())));
  return { report: () => feeds.map((feed) => feed.report()), close };
}

function feedOf(options: Omit<SinkOptions, "topics" | "group">, topic: string, partition: number, endsAtEnd: boolean): PartitionFeed {
  const { log, sink, logger, begin = "beginning", maxBatchBytes = BATCH_BYTES, clock = systemClock, random = Math.random } = options;
  return new PartitionFeed({ log, sink, source: { topic, partition }, begin, clock, logger, maxBatchBytes, endsAtEnd, random });
}

/** This member's share of one topic. */
class Share {
  readonly #options: SinkOptions;
  readonly #topic: string;
  readonly #feeds = new Map<number, PartitionFeed>();
  /** Those whose partition went elsewhere, and that still write their last. */
  readonly #leaving = new Map<number, Promise<void>>();
  #wanted: ReadonlySet<number> = new Set();
  #membership: Promise<Membership> | null = null;
  #isClosed = false;

  constructor(options: SinkOptions, topic: string) {
    this.#options = options;
    this.#topic = topic;
  }

  async join(): Promise<void> {
    const { log, group, topics, logger } = this.#options;
    this.#membership = log.join({
      group: topics.length === 1 ? group : `${group}/${this.#topic}`,
      topic: this.#topic,
      metadata: Buffer.alloc(0),
      onAssignment: (partitions) => this.#take(partitions),
      onLost: (reason) => logger.warn({ topic: this.#topic, group, err: reason }, "thrown out of the group of a sink; joining again"),
    });
    await this.#membership;
  }

  report(): FeedReport[] {
    return [...this.#feeds.values()].map((feed) => feed.report()).toSorted((a, b) => a.partition - b.partition);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#take([]);
    await Promise.all(this.#leaving.values());
    // Who could not join told so.
    const membership = await this.#membership?.catch(() => null);
    await membership?.leave();
  }

  #take(partitions: readonly number[]): void {
    this.#wanted = new Set(this.#isClosed ? [] : partitions);
    for (const [partition, feed] of this.#feeds) {
      if (this.#wanted.has(partition)) continue;
      this.#feeds.delete(partition);
      const left = feed.close().then(() => {
        this.#leaving.delete(partition);
        this.#open(partition);
      });
      this.#leaving.set(partition, left);
    }
    for (const partition of this.#wanted) this.#open(partition);
  }

  #open(partition: number): void {
    if (!this.#wanted.has(partition) || this.#feeds.has(partition) || this.#leaving.has(partition)) return;
    this.#feeds.set(partition, feedOf(this.#options, this.#topic, partition, false));
  }
}
