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
import { BadEnds } from "./alerts/bad-ends.ts";
import { JournalChanges } from "./journal-changes.ts";
import type { LiveHub } from "./served-app.ts";
import { ToldHistory } from "./told-history.ts";

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
  const isNew = history.positions().size === 0;
  const changes = new JournalChanges(live, clock);
  try {
    const database = openToAsk(file);
    // Before anything comes.
    const badEnds = new BadEnds(database);
    const sink = new ToldHistory(history, changes, logger);
    const feeds = followWhole({ log, sink, topic, partitions, logger, clock });
    return new WholeHistory({ history, database, badEnds, changes, feeds, ends, isNew });
  } catch (error) {
    history[Symbol.dispose]();
    throw error;
  }
}

interface Parts {
  readonly history: Disposable;
  readonly database: HistoryDatabase;
  readonly badEnds: BadEnds;
  readonly changes: JournalChanges;
  readonly feeds: RunningSink;
  /** Of each partition, when it was opened. */
  readonly ends: readonly number[];
  readonly isNew: boolean;
}

export class WholeHistory {
  /** To ask. */
  readonly database: HistoryDatabase;
  /** There was nothing in it when it was opened. */
  readonly isNew: boolean;
  /** Of runs that came since it was opened. */
  readonly badEnds: BadEnds;
  readonly #parts: Parts;
  #hasCaughtUp = false;
  #closing: Promise<void> | null = null;

  constructor(parts: Parts) {
    this.database = parts.database;
    this.isNew = parts.isNew;
    this.badEnds = parts.badEnds;
    this.#parts = parts;
  }

  /** It has had all that was there when it was opened. A partition that it cannot go on with does not keep it from that. */
  get hasCaughtUp(): boolean {
    const { feeds, ends } = this.#parts;
    this.#hasCaughtUp ||= feeds.report().every((feed) => feed.state === "stopped" || (feed.next ?? -1) >= (ends[feed.partition] ?? 0));
    return this.#hasCaughtUp;
  }

  /** How many records it is behind; null while nobody knows: it is read for the first time, or gets nothing more of a partition. */
  lag(): number | null {
    if (!this.hasCaughtUp) return null;
    // What a stopped feed saw last grows old: the journal grows, and it does not look.
    const lags = this.#parts.feeds.report().map(({ state, lag }) => (state === "stopped" ? null : lag));
    return lags.reduce((sum, lag) => (sum === null || lag === null ? null : sum + lag), 0);
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
