// Consumers of an app over time: how far each is, by its journal, a point every ten seconds for an hour. Writes nothing, until somebody asks what
// only owners can tell.
import { LogError } from "../../engine/log/errors.ts";
import type { Clock } from "../../engine/core/clock.ts";
import type { Log } from "../../engine/log/log.ts";
import type { AppTopics } from "../../engine/task/app-topics.ts";
import { LiveWorkers } from "../partitions/live-workers.ts";
import { sourceLag, type SourceLag } from "../partitions/source-lag.ts";
import { Standing, type PartitionStanding } from "../partitions/standing.ts";
import { findConsumers, type FoundConsumer } from "./consumer-versions.ts";

export interface WatchOptions {
  readonly log: Log;
  readonly topics: AppTopics;
  readonly clock: Pick<Clock, "setTimer" | "wallMs" | "monotonicMs">;
}

export interface WatchedConsumer extends FoundConsumer {
  readonly standing: readonly PartitionStanding[];
  readonly lags: readonly SourceLag[];
  readonly lag: number;
  /** Names of those that run it now; null where the log does not say. */
  readonly workers: readonly string[] | null;
  /** Oldest first. */
  readonly history: readonly LagPoint[];
}

export interface LagPoint {
  readonly at: number;
  readonly lag: number;
}

const SAMPLE_MS = 10_000;
const KEPT = 360;
/** New consumers are looked for so often. */
const FIND_MS = 30_000;

interface Watched {
  readonly standing: Standing;
  readonly workers: LiveWorkers;
  readonly points: LagPoint[];
}

export class ConsumerWatch {
  readonly #options: WatchOptions;
  readonly #watched = new Map<string, Watched>();
  #found: readonly FoundConsumer[] = [];
  #foundAt = -Infinity;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Samples from now on, until the log is closed. */
  begin(): void {
    void this.#sample();
  }

  /** @throws LogError */
  async look(): Promise<readonly WatchedConsumer[]> {
    const found = await this.#find();
    const looked = await Promise.all(found.map((consumer) => this.#lookUnlessGone(consumer)));
    return looked.filter((consumer) => consumer !== null);
  }

  /** Null: its topics were deleted since it was found. The others are as worth knowing. */
  async #lookUnlessGone(consumer: FoundConsumer): Promise<WatchedConsumer | null> {
    try {
      return await this.#lookAt(consumer);
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== "LOG_UNKNOWN_PARTITION") throw error;
      this.#foundAt = -Infinity;
      this.#watched.delete(consumer.topics.journal);
      return null;
    }
  }

  async #lookAt(consumer: FoundConsumer): Promise<WatchedConsumer> {
    const { log } = this.#options;
    const { standing: reading, workers: live, points } = this.#watchedOf(consumer);
    const [standing, workers] = await Promise.all([reading.look(), live.look()]);
    const positions = standing.flatMap((one) => one.positions);
    const lags = await sourceLag({ log, sources: consumer.sources, positions });
    return { ...consumer, standing, workers, lags, lag: lags.reduce((sum, { lag }) => sum + lag, 0), history: points };
  }

  async #sample(): Promise<void> {
    const { clock } = this.#options;
    try {
      const at = clock.wallMs();
      for (const consumer of await this.look()) {
        const { points } = this.#watchedOf(consumer);
        points.push({ at, lag: consumer.lag });
        if (points.length > KEPT) points.shift();
      }
    } catch (error) {
      // A point is missing; the next one tells.
      if (error instanceof LogError && (error.code === "LOG_CLOSED" || error.code === "LOG_ABORTED")) return;
    }
    clock.setTimer(SAMPLE_MS, () => void this.#sample());
  }

  async #find(): Promise<readonly FoundConsumer[]> {
    const now = this.#options.clock.monotonicMs();
    if (now - this.#foundAt < (this.#found.length === 0 ? SAMPLE_MS / 2 : FIND_MS)) return this.#found;
    this.#found = await findConsumers(this.#options);
    this.#foundAt = now;
    return this.#found;
  }

  #watchedOf({ topics, partitions }: FoundConsumer): Watched {
    const { log } = this.#options;
    let watched = this.#watched.get(topics.journal);
    if (watched === undefined) {
      watched = { standing: new Standing({ log, topics, partitions }), workers: new LiveWorkers({ log, topics }), points: [] };
      this.#watched.set(topics.journal, watched);
    }
    return watched;
  }
}
