// The server's own run history: all partitions of the journal in one file of SQLite, which nobody else feeds. It is read while it is written, and
// goes on where it was when the server is started again.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { openToAsk, type HistoryDatabase } from "../consumers/run-history/database.ts";
import { gapsOf } from "../consumers/run-history/gaps.ts";
import { RunHistory } from "../consumers/run-history/run-history-sink.ts";
import { systemClock, type Clock } from "../engine/core/clock.ts";
import type { Log } from "../engine/log/log.ts";
import type { Logger } from "../engine/observability/logger.ts";
import { groupOf, type AppTopics } from "../engine/task/app-topics.ts";
import type { FeedReport } from "../engine/worker/sink/partition-feed.ts";
import { followWhole, type RunningSink } from "../engine/worker/sink/run-sink.ts";
import type { Sink, SinkBatch, SinkPositions, SinkWritten } from "../engine/worker/sink/sink.ts";
import { JournalChanges } from "./journal-changes.ts";
import type { LiveHub } from "./served-app.ts";

export interface WholeHistoryOptions {
  /** Made where it is not there, with its folder. */
  readonly file: string;
  readonly log: Log;
  readonly topics: AppTopics;
  readonly partitions: number;
  readonly live: LiveHub;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** @throws HistoryError, LogError */
export async function openWholeHistory(options: WholeHistoryOptions): Promise<WholeHistory> {
  const { file, log, topics, partitions, live, logger, clock = systemClock } = options;
  const topic = topics.journal;
  // What is there now is what a first look at the history has to show.
  const ends = await Promise.all(Array.from({ length: partitions }, (_, partition) => log.latestOffset({ topic, partition })));
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const history = new RunHistory(file, { app: groupOf(topics), topic });
  const changes = new JournalChanges(live, clock);
  try {
    const database = openToAsk(file);
    const sink = new ToldHistory(history, changes);
    const feeds = followWhole({ log, sink, topic, partitions, logger, clock });
    return new WholeHistory({ history, database, changes, feeds, ends });
  } catch (error) {
    history[Symbol.dispose]();
    throw error;
  }
}

interface Parts {
  readonly history: Disposable;
  readonly database: HistoryDatabase;
  readonly changes: JournalChanges;
  readonly feeds: RunningSink;
  /** Of each partition, when it was opened. */
  readonly ends: readonly number[];
}

export class WholeHistory {
  /** To ask. */
  readonly database: HistoryDatabase;
  readonly #parts: Parts;
  #hasCaughtUp = false;
  #closing: Promise<void> | null = null;

  constructor(parts: Parts) {
    this.database = parts.database;
    this.#parts = parts;
  }

  /** It has had all that was there when it was opened. A partition that it cannot go on with does not keep it from that. */
  get hasCaughtUp(): boolean {
    const { feeds, ends } = this.#parts;
    this.#hasCaughtUp ||= feeds.report().every((feed) => feed.state === "stopped" || (feed.next ?? -1) >= (ends[feed.partition] ?? 0));
    return this.#hasCaughtUp;
  }

  /** How many records it is behind; null while it is read for the first time. */
  lag(): number | null {
    if (!this.hasCaughtUp) return null;
    return this.#parts.feeds.report().reduce((sum, { lag }) => sum + (lag ?? 0), 0);
  }

  /** What it lacks, in words. */
  gaps(): readonly string[] {
    const lost = gapsOf(this.database).map(({ partition, reason }) => `partition ${partition}: ${reason}`);
    return [...lost, ...this.#parts.feeds.report().flatMap(troubleOf)];
  }

  /** When what is being written is written. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { history, database, changes, feeds } = this.#parts;
    await feeds.close();
    changes.close();
    database.close();
    history[Symbol.dispose]();
  }
}

function troubleOf(feed: FeedReport): readonly string[] {
  if (feed.state !== "stopped" && feed.state !== "retrying") return [];
  return [`partition ${feed.partition}: nothing newer is in the history (${feed.code}): ${feed.reason}`];
}

/** Tells what has changed once it can be asked for. */
class ToldHistory implements Sink {
  readonly description: string;
  readonly #history: RunHistory;
  readonly #changes: JournalChanges;

  constructor(history: RunHistory, changes: JournalChanges) {
    this.description = history.description;
    this.#history = history;
    this.#changes = changes;
  }

  positions(): SinkPositions {
    return this.#history.positions();
  }

  write(batch: SinkBatch): SinkWritten {
    const written = this.#history.write(batch);
    if (written === "stored") this.#changes.seen(batch.records);
    return written;
  }
}
